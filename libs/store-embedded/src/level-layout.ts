import { parseResourceId, type ChangeRecord, type Resource, type ResourceId, type Revision } from '@weft/resource-model';
import { MeshError } from '@weft/kernel';

/** What LevelDB is told to do, in one batch. */
export type LevelOperation = { readonly type: 'put'; readonly key: string; readonly value: Uint8Array } | { readonly type: 'del'; readonly key: string };

/** The one record about the store itself. */
export interface StoreMeta {
  /** Layout of the keys; another one is refused. */
  readonly format: 1;
  readonly revision: Revision;
}

/** Keys: `m` meta, `t` up to where change records were trimmed, `r/<id>` documents, `s/<id>` secrets, `l/<lease>` newest token, `c/<n>` change records in order. */
export const KEYS = {
  meta: 'm',
  trimmedTo: 't',
  resource: (id: ResourceId): string => `r/${id}`,
  secret: (id: ResourceId): string => `s/${id}`,
  leaseToken: (lease: string): string => `l/${lease}`,
  /** Sixteen digits, so that order of keys is order of revisions. */
  change: (n: number): string => `c/${String(n).padStart(16, '0')}`,
};

/** Bounds of all keys with a prefix such as `r/`. */
export function under(prefix: string): { readonly gte: string; readonly lt: string } {
  return { gte: prefix, lt: `${prefix.slice(0, -1)}0` };
}

/** Stored form of a value. */
export function encode(value: StoreMeta | Resource | ChangeRecord | number): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The inverse of {@link encode}, of the type that was written under the key; `store/corrupt` names the key. */
export function decode(key: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new MeshError('store/corrupt', `embedded store: the value at "${key}" is not JSON; restore a backup of the folder`, { cause });
  }
}

/** The id in a key under `r/`. */
export function idOf(key: string): ResourceId {
  const id = key.slice(2);
  if (parseResourceId(id) === undefined) throw new MeshError('store/corrupt', `embedded store: "${key}" is no key of a resource`);
  return id as ResourceId;
}
