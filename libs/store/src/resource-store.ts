import type { ChangeRecord, Resource, ResourceKey, Revision } from '@weft/resource-model';

/** What a write expects to find: a version, nothing at all (`absent`), or it does not care (`any`). */
export type Expectation = { readonly version: number } | 'absent' | 'any';

/** One write of a batch. The store sets `version`; times and labels are the caller's. */
export type Write =
  | { readonly op: 'put'; readonly resource: Omit<Resource, 'version'>; readonly expect: Expectation }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly expect: Expectation };

/** Proof of holding a lease; a write under it is refused once a newer token was given out. */
export interface Fence {
  readonly lease: string;
  readonly token: number;
}

/** A committed batch: the position of its last record, and the records themselves, one per write, consecutive. */
export interface Committed {
  readonly revision: Revision;
  readonly records: readonly ChangeRecord[];
}

/** A lease as it was granted: `token` grows with each new holder. */
export interface LeaseGrant {
  readonly token: number;
  readonly expiresAt: number;
}

/** Bytes beside the resources that never reach the feed: secrets' ciphertext. Written in the same batch. */
export interface SecretWrite {
  readonly key: ResourceKey;
  /** Ciphertext, or null to remove it. */
  readonly data: Uint8Array | null;
}

/** A batch: all of it becomes durable and visible in one step, or none. */
export interface Batch {
  readonly writes: readonly Write[];
  readonly secrets?: readonly SecretWrite[];
  readonly fence?: Fence;
}

/** How far an acknowledged write survives. */
export interface DurabilityReport {
  readonly survivesProcessKill: boolean;
  readonly survivesPowerLoss: boolean;
  /** In words, for the log and the API. */
  readonly detail: string;
}

/**
 * Where the resources of one control plane live. Implementations pass `describeResourceStore`.
 *
 * A commit is one atomic step: it checks the fence and every expectation, sets versions, counts the revision up once
 * per write, stores documents, and appends one change record per write. It throws `store/conflict`, `store/not-found`
 * (delete of something missing with an expectation other than `any`), `store/fenced` or `store/unavailable`, and then
 * nothing of the batch is visible.
 */
export interface ResourceStore {
  /** The stored resource, or undefined. */
  get(key: ResourceKey): Promise<Resource | undefined>;
  /** All resources of a type, of one mesh or (without `mesh`) of all, sorted by mesh, then name. */
  list(type: string, mesh?: string): Promise<readonly Resource[]>;
  commit(batch: Batch): Promise<Committed>;
  /** Ciphertext stored for a key, or undefined. */
  readSecret(key: ResourceKey): Promise<Uint8Array | undefined>;
  /** The last committed position; `n` is 0 in a store that was never written to. */
  head(): Promise<Revision>;
  /** All resources, with the position that they show. Consistent: no write is half in it. */
  snapshot(): Promise<{ readonly revision: Revision; readonly resources: readonly Resource[] }>;
  /** Change records after `n`, oldest first, at most `limit`. Throws `store/not-found` where they were trimmed already. */
  changesAfter(n: number, limit: number): Promise<readonly ChangeRecord[]>;
  /** Forgets change records up to and with `n` (the relay calls it once they are confirmed). */
  trim(n: number): Promise<void>;
  /** Calls back soon after any commit, of this process or (Redis) another. No payload: read {@link changesAfter}. */
  onCommit(listener: () => void): () => void;
  /** Takes or prolongs a lease; undefined while another holder's is valid. The same holder keeps its token. */
  acquireLease(lease: string, holder: string, ttlMs: number): Promise<LeaseGrant | undefined>;
  /** Gives a lease up early; nothing happens where the holder does not hold it. */
  releaseLease(lease: string, holder: string): Promise<void>;
  durability(): Promise<DurabilityReport>;
  close(): Promise<void>;
}
