import { duration, intOrString, list, object, opt, text, int32, type Static } from '@weft/resource-model';
import { MatchSchema } from '../../match/schema.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const FaultSchema = object({
  abort: opt(object({ httpStatus: int32(), percentage: intOrString() })),
  delay: opt(object({ value: duration(), percentage: intOrString() })),
  responseBandwidth: opt(object({ limit: text({ description: 'A number and kbps, Mbps or Gbps.' }), percentage: intOrString() })),
});

/** What MeshFaultInjection sets. */
export const MeshFaultInjectionConfSchema = object({ http: opt(list(FaultSchema)) });
const EntrySchema = object({ targetRef: TargetRefSchema, default: opt(MeshFaultInjectionConfSchema) });

/** Spec of MeshFaultInjection. Source: Kuma 2.14. */
export const MeshFaultInjectionSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(EntrySchema)),
  from: opt(list(EntrySchema)),
  rules: opt(list(object({ matches: opt(list(MatchSchema)), default: opt(MeshFaultInjectionConfSchema) }))),
});

/** Spec of MeshFaultInjection. */
export type MeshFaultInjectionSpec = Static<typeof MeshFaultInjectionSchema>;
/** What MeshFaultInjection sets. */
export type MeshFaultInjectionConf = Static<typeof MeshFaultInjectionConfSchema>;
