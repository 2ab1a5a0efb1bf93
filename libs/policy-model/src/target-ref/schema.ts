import { list, object, oneOf, opt, stringMap, text, uint32, type Static } from '@weft/resource-model';

/** Every kind of targetRef. */
export const TARGET_REF_KINDS = [
  'Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshServiceSubset', 'MeshHTTPRoute', 'Dataplane',
] as const;

const FIELDS = {
  kind: oneOf(TARGET_REF_KINDS),
  name: opt(text()),
  namespace: opt(text()),
  labels: opt(stringMap()),
  sectionName: opt(text({ description: 'Port of a service or inbound of a Dataplane, by name, or by number where unnamed.' })),
  tags: opt(stringMap()),
  proxyTypes: opt(list(oneOf(['Sidecar', 'Gateway']))),
  mesh: opt(text()),
};

/** A reference to what a policy is about. Source: Kuma 2.14. */
export const TargetRefSchema = object(FIELDS);
/** A destination of a route: a targetRef with weight and port. */
export const BackendRefSchema = object({ ...FIELDS, weight: opt(uint32({ default: 1 })), port: opt(uint32({ minimum: 1, maximum: 65535 })) });

/** A reference to what a policy is about. */
export type TargetRef = Static<typeof TargetRefSchema>;
/** A destination of a route. */
export type BackendRef = Static<typeof BackendRefSchema>;
/** One of {@link TARGET_REF_KINDS}. */
export type TargetRefKind = TargetRef['kind'];
