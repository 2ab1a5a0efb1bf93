import type { ProxyHealth } from '@weft/bus';
import { withFinding, type HealthFinding } from '@weft/hds-core';
import { MeshError } from '@weft/kernel';
import type { DataplaneSpec, TypeRegistry, ZoneIngressSpec } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import type { ResourceWriter } from '../admission/resource-writer.ts';

/** What a finding makes of a proxy's spec; the same object where nothing. */
const CHANGES: Readonly<Partial<Record<string, (spec: unknown, finding: HealthFinding) => unknown>>> = {
  Dataplane: (spec, finding) => withFinding(spec as DataplaneSpec, finding),
  ZoneIngress: (spec, { proxy }) => (proxy === 'down' ? notAdvertised(spec as ZoneIngressSpec) : spec),
  ZoneEgress: (spec) => spec,
};

function notAdvertised(spec: ZoneIngressSpec): ZoneIngressSpec {
  const { advertisedAddress, advertisedPort, ...networking } = spec.networking ?? {};
  return advertisedAddress === undefined && advertisedPort === undefined ? spec : { ...spec, networking };
}

/** A race is lost to somebody else's write, of which there are few. */
const MAX_ATTEMPTS = 10;

/**
 * Sets the readiness of a Dataplane's inbounds as a finding says; a ZoneIngress that ends is not advertised any more, so that other
 * zones enter elsewhere. Writes only where that changes something. Throws what the store throws.
 */
export async function setProxyHealth(
  { registry, store, writer }: { readonly registry: TypeRegistry; readonly store: ResourceStore; readonly writer: ResourceWriter },
  { key, finding }: ProxyHealth,
): Promise<null> {
  const type = registry.byName(key.type);
  const change = CHANGES[key.type];
  if (type === undefined || change === undefined) throw new MeshError('resource/unknown-type', `only proxies have readiness, "${key.type}" has none`);
  for (let attempt = 1; ; attempt++) {
    const stored = await store.get(key);
    if (stored === undefined) return null;
    const spec = change(stored.spec, finding);
    if (spec === stored.spec) return null;
    try {
      await writer.put({ type, mesh: key.mesh, name: key.name, labels: stored.labels, spec, expect: { version: stored.version } });
      return null;
    } catch (caught) {
      if (MeshError.from(caught).code !== 'store/conflict' || attempt === MAX_ATTEMPTS) throw caught;
    }
  }
}
