import type { ProxyHealth } from '@weft/bus';
import { withFinding } from '@weft/hds-core';
import { MeshError } from '@weft/kernel';
import type { DataplaneSpec, TypeRegistry } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import type { ResourceWriter } from '../admission/resource-writer.ts';

/** A race is lost to somebody else's write, of which there are few. */
const MAX_ATTEMPTS = 10;

/** Sets the readiness of a Dataplane's inbounds as a finding says; writes only where that changes something. Throws what the store throws. */
export async function setProxyHealth(
  { registry, store, writer }: { readonly registry: TypeRegistry; readonly store: ResourceStore; readonly writer: ResourceWriter },
  { key, finding }: ProxyHealth,
): Promise<null> {
  const type = registry.byName('Dataplane');
  if (type === undefined || key.type !== type.name) throw new MeshError('resource/unknown-type', `only a Dataplane has readiness, "${key.type}" has none`);
  for (let attempt = 1; ; attempt++) {
    const stored = await store.get(key);
    if (stored === undefined) return null;
    const spec = withFinding(stored.spec as DataplaneSpec, finding);
    if (spec === stored.spec) return null;
    try {
      await writer.put({ type, mesh: key.mesh, name: key.name, labels: stored.labels, spec, expect: { version: stored.version } });
      return null;
    } catch (caught) {
      if (MeshError.from(caught).code !== 'store/conflict' || attempt === MAX_ATTEMPTS) throw caught;
    }
  }
}
