import { list, object, oneOf, opt, text, uint32, type Static } from '@weft/resource-model';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const PassthroughMatchSchema = object({
  type: oneOf(['Domain', 'IP', 'CIDR']),
  value: text(),
  port: opt(uint32()),
  protocol: opt(oneOf(['tcp', 'tls', 'grpc', 'http', 'http2', 'mysql'], { default: 'tcp' })),
});

/** What MeshPassthrough sets. */
export const MeshPassthroughConfSchema = object({
  passthroughMode: opt(oneOf(['All', 'Matched', 'None'], { description: 'Matched where absent.' })),
  appendMatch: opt(list(PassthroughMatchSchema)),
});

/** Spec of MeshPassthrough. Source: Kuma 2.14. */
export const MeshPassthroughSchema = object({ targetRef: opt(TargetRefSchema), default: opt(MeshPassthroughConfSchema) });

/** Spec of MeshPassthrough. */
export type MeshPassthroughSpec = Static<typeof MeshPassthroughSchema>;
/** One destination outside the mesh. */
export type PassthroughMatch = Static<typeof PassthroughMatchSchema>;
