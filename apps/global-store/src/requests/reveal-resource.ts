import type { SecretBox } from '@weft/key-store';
import type { Resource, ResourceKey, TypeRegistry } from '@weft/resource-model';
import type { ResourceStore } from '@weft/store';
import { restoreClear } from '../admission/secret-content.ts';
import { readSecret } from '../api/resource-reader.ts';

/** A stored resource as it was written, its secret content included; undefined where it does not exist. Throws `store/corrupt`. */
export async function revealResource(ports: { readonly store: ResourceStore; readonly secretBox: SecretBox; readonly registry: TypeRegistry }, key: ResourceKey): Promise<Resource | undefined> {
  const [resource, type] = [await ports.store.get(key), ports.registry.byName(key.type)];
  if (resource === undefined || type === undefined) return resource;
  const clear = await readSecret(ports, key);
  return clear === undefined ? resource : { ...resource, spec: restoreClear(type, resource.spec, clear) };
}
