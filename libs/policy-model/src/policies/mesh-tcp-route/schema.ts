import { list, object, opt, type Static } from '@weft/resource-model';
import { BackendRefSchema, TargetRefSchema } from '../../target-ref/schema.ts';

const RuleSchema = object({ default: object({ backendRefs: opt(list(BackendRefSchema)) }) });

/** Spec of MeshTCPRoute. Source: Kuma 2.14. */
export const MeshTcpRouteSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(object({ targetRef: TargetRefSchema, rules: opt(list(RuleSchema, { maxItems: 1 })) }))),
});

/** Spec of MeshTCPRoute. */
export type MeshTcpRouteSpec = Static<typeof MeshTcpRouteSchema>;
