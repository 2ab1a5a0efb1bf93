import { MeshError } from '@weft/kernel';
import { hasSensitiveFields, keyOf, type Resource, type TypeRegistry } from '@weft/resource-model';
import type { Batch, Expectation, ResourceStore, SecretWrite } from '@weft/store';
import type { ObservedZones } from './observed-zones.ts';

/** Throws `resource/invalid` while the zone's control plane is connected: what it made would come again. Source: Kuma 2.14. */
export function demandOffline(zones: Pick<ObservedZones, 'isConnected'>, name: string): void {
  if (!zones.isConnected(name)) return;
  throw new MeshError('resource/invalid', 'Resource is not valid', { violations: [{ path: 'zone', message: 'unable to delete Zone, Zone CP is still connected, please shut it down first' }] });
}

/** Deletes a Zone at the global control plane and everything that came from it, as one batch. */
export async function zoneDeletion(zone: Resource, { store, registry, expect }: { readonly store: ResourceStore; readonly registry: TypeRegistry; readonly expect: Expectation }): Promise<Batch> {
  const lists = await Promise.all(registry.all.map(({ name }) => store.list(name)));
  const owned = lists.flat().filter(({ labels }) => labels['kuma.io/origin'] === 'zone' && labels['kuma.io/zone'] === zone.name).map(keyOf);
  const hiding = new Set(registry.all.filter(({ schema }) => hasSensitiveFields(schema)).map(({ name }) => name));
  const secrets: SecretWrite[] = owned.filter(({ type }) => hiding.has(type)).map((key) => ({ key, data: null }));
  return {
    writes: [...owned.map((key) => ({ op: 'delete' as const, key, expect: 'any' as const })), { op: 'delete', key: keyOf(zone), expect }],
    secrets,
  };
}
