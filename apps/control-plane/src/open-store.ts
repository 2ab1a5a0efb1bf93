import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { MeshError, type Clock } from '@weft/kernel';
import type { SecretBox } from '@weft/key-store';
import { AesGcmSecretBox, loadSecretKey } from '@weft/key-store-file';
import type { ResourceStore } from '@weft/store';
import { openEmbeddedStore } from '@weft/store-embedded';
import { createMemoryStore } from '@weft/store-memory';
import { openRedisStore } from '@weft/store-redis';
import type { CompositionConfig } from './control-plane-config.ts';

/** A store, and what seals the secrets in it. */
export interface OpenedStore {
  readonly store: ResourceStore;
  readonly secretBox: SecretBox;
}

/** Opens the store that the configuration names. Throws `store/unavailable` where it is in use by another process or cannot be reached. */
export async function openStore(config: Pick<CompositionConfig, 'store' | 'general'>, clock: Clock, env: Readonly<Record<string, string | undefined>>): Promise<OpenedStore> {
  // What ends with the process needs no key that outlives it.
  if (config.store.type === 'memory') return { store: createMemoryStore({ clock }), secretBox: new AesGcmSecretBox(randomBytes(32)) };
  const { workDir } = config.general;
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const secretBox = new AesGcmSecretBox(loadSecretKey({ env, workDir }));
  return { store: await openDurable(config.store, clock), secretBox };
}

async function openDurable(store: CompositionConfig['store'], clock: Clock): Promise<ResourceStore> {
  if (store.type === 'embedded') return openEmbeddedStore({ path: store.embedded.path, clock });
  try {
    return await openRedisStore({ url: store.redis.url, clock });
  } catch (cause) {
    const place = store.redis.url.replace(/\/\/[^@/]*@/, '//');
    throw new MeshError('store/unavailable', `Redis cannot be used at ${place}: start it, or set store.redis.url (variable WEFT_STORE_REDIS_URL): ${MeshError.from(cause).message}`, { cause });
  }
}
