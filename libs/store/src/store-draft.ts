import { MeshError } from '@weft/kernel';
import { keyOf, resourceId, type ChangeRecord, type Resource, type ResourceId, type ResourceKey, type Revision } from '@weft/resource-model';
import type { Batch, Committed, Expectation, Fence, SecretWrite, Write } from './resource-store.ts';

/** What a draft builds on: the committed state of a store. */
export interface DraftBase {
  readonly revision: Revision;
  resource(id: ResourceId): Resource | undefined;
  /** The newest token given out for a lease; 0 before the first. */
  leaseToken(lease: string): number;
}

/** What batches of a draft do to the documents, in one step. */
export interface DraftEffects {
  readonly revision: Revision;
  /** Final document per id; undefined where it was deleted. */
  readonly resources: ReadonlyMap<ResourceId, Resource | undefined>;
  readonly records: readonly ChangeRecord[];
  readonly secrets: readonly SecretWrite[];
}

/**
 * Batches that were checked against a base, and against each other, but are not committed yet. The rules of
 * `ResourceStore.commit` for stores that keep their documents in this process. A store that flushes to disk puts
 * several batches into one draft and applies its effects once they are flushed.
 */
export class StoreDraft {
  readonly #base: DraftBase;
  #n: number;
  readonly #resources = new Map<ResourceId, Resource | undefined>();
  readonly #records: ChangeRecord[] = [];
  readonly #secrets: SecretWrite[] = [];

  constructor(base: DraftBase) {
    this.#base = base;
    this.#n = base.revision.n;
  }

  /** Adds a batch; throws as `ResourceStore.commit` does, and then the draft is as before. */
  add(batch: Batch): Committed {
    checkFence(batch.fence, (lease) => this.#base.leaseToken(lease));
    const changed = new Map<ResourceId, Resource | undefined>();
    const { epoch } = this.#base.revision;
    const records = batch.writes.map((write, index): ChangeRecord => {
      const id = resourceId(write.op === 'put' ? write.resource : write.key);
      const current = changed.has(id) ? changed.get(id) : this.#current(id);
      const next = nextDocument(write, current);
      changed.set(id, next);
      return { revision: { epoch, n: this.#n + index + 1 }, change: next ? { op: 'put', resource: next } : { op: 'delete', key: keyOf(write.op === 'put' ? write.resource : write.key) } };
    });
    this.#n += records.length;
    for (const [id, resource] of changed) this.#resources.set(id, resource);
    this.#records.push(...records);
    this.#secrets.push(...(batch.secrets ?? []));
    return { revision: { epoch, n: this.#n }, records };
  }

  effects(): DraftEffects {
    const revision = { epoch: this.#base.revision.epoch, n: this.#n };
    return { revision, resources: this.#resources, records: this.#records, secrets: this.#secrets };
  }

  #current(id: ResourceId): Resource | undefined {
    return this.#resources.has(id) ? this.#resources.get(id) : this.#base.resource(id);
  }
}

function checkFence(fence: Fence | undefined, leaseToken: (lease: string) => number): void {
  if (fence === undefined) return;
  const newest = leaseToken(fence.lease);
  if (newest !== fence.token) throw fenced(fence, newest);
}

function nextDocument(write: Write, current: Resource | undefined): Resource | undefined {
  if (write.op === 'put') {
    if (!meets(write.expect, current)) throw conflict(write.resource, write.expect, current?.version);
    return { ...write.resource, version: (current?.version ?? 0) + 1 };
  }
  if (current === undefined && typeof write.expect === 'object') throw notFound(write.key);
  if (!meets(write.expect, current)) throw conflict(write.key, write.expect, current?.version);
  return undefined;
}

function meets(expect: Expectation, current: Resource | undefined): boolean {
  if (expect === 'any') return true;
  return expect === 'absent' ? current === undefined : current?.version === expect.version;
}

/** `store/conflict` in the words that every store uses. */
export function conflict(key: ResourceKey, expect: Expectation, found: number | undefined): MeshError {
  const wanted = typeof expect === 'object' ? `version ${expect.version}` : 'that it does not exist';
  const there = found === undefined ? 'nothing is stored' : `version ${found} is stored`;
  return new MeshError('store/conflict', `${resourceId(key)}: the write expected ${wanted}, but ${there}; read it again and repeat the change`, {
    details: { key: keyOf(key), found: found ?? null },
  });
}

/** `store/not-found` for a delete, in the words that every store uses. */
export function notFound(key: ResourceKey): MeshError {
  return new MeshError('store/not-found', `${resourceId(key)}: nothing is stored, so nothing can be deleted`, { details: { key: keyOf(key) } });
}

/** `store/fenced` in the words that every store uses. */
export function fenced(fence: Fence, newest: number): MeshError {
  return new MeshError('store/fenced', `lease "${fence.lease}": token ${fence.token} is not the newest (${newest}); another holder has taken over, so stop writing`, {
    details: { ...fence, newest },
  });
}

/** `store/not-found` for change records that were trimmed. */
export function trimmed(n: number, trimmedTo: number): MeshError {
  return new MeshError('store/not-found', `change records after ${n} were asked for, but those up to ${trimmedTo} are trimmed; start from a snapshot`, {
    details: { n, trimmedTo },
  });
}
