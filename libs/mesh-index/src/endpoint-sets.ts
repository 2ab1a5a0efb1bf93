import { equalData } from '@weft/kernel';
import type { EndpointSetKey } from './dirty.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';

const NOTHING: ReadonlyMap<string, readonly Endpoint[]> = new Map();

/** The endpoint sets of one mesh that are not empty. */
export class EndpointSets {
  readonly #sets = new Map<EndpointSetKey, EndpointSet>();
  #revision = 0;

  get all(): ReadonlyMap<EndpointSetKey, EndpointSet> {
    return this.#sets;
  }

  /** By contributor; empty where there is no such set. */
  contributionsTo(key: EndpointSetKey): ReadonlyMap<string, readonly Endpoint[]> {
    return this.#sets.get(key)?.contributions ?? NOTHING;
  }

  /** Replaces what somebody contributes; false where it is the same. */
  put(key: EndpointSetKey, contributor: string, endpoints: readonly Endpoint[] | undefined): boolean {
    const set = this.#sets.get(key) ?? new EndpointSet();
    if (equalData(set.contributions.get(contributor), endpoints)) return false;
    set.put(contributor, endpoints, ++this.#revision);
    if (set.empty) this.#sets.delete(key);
    else this.#sets.set(key, set);
    return true;
  }
}

/** The Dataplane that contributes, if one does: in the union of a MeshMultiZoneService, the member's name stands before. */
export function dataplaneOf(key: EndpointSetKey, contributor: string): string {
  return key.startsWith('mzms:') ? contributor.slice(contributor.indexOf(' ') + 1) : contributor;
}
