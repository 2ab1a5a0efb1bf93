import type { DataplaneSpec } from './schema.ts';

/** The spec with tag `kuma.io/zone` on every inbound and on the gateway, as every Dataplane of a zone has it. Source: Kuma 2.14. */
export function withZoneTag(spec: DataplaneSpec, zone: string): DataplaneSpec {
  const { networking } = spec;
  if (networking === undefined) return spec;
  const tag = { 'kuma.io/zone': zone };
  const inbound = networking.inbound?.map((one) => ({ ...one, tags: { ...one.tags, ...tag } }));
  const gateway = networking.gateway && { ...networking.gateway, tags: { ...networking.gateway.tags, ...tag } };
  return { ...spec, networking: { ...networking, ...(inbound && { inbound }), ...(gateway && { gateway }) } };
}
