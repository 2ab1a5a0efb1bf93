import { randomUUID } from 'node:crypto';
import { MeshError, type Clock } from '@weft/kernel';
import { resourceId, type ChangeRecord, type Resource, type ResourceId, type ResourceKey, type Revision } from '@weft/resource-model';
import {
  LeaseTable, ResourceTable, StoreDraft, trimmed,
  type Batch, type Committed, type DraftBase, type DraftEffects, type DurabilityReport, type LeaseGrant, type ResourceStore,
} from '@weft/store';
import { decode, encode, idOf, KEYS, under, type LevelOperation, type StoreMeta } from './level-layout.ts';
import { openLevel, type Level } from './open-level.ts';

/** Settings of {@link openEmbeddedStore}. */
export interface EmbeddedStoreOptions {
  /** Folder of the database; made where it is missing. One process at a time. */
  readonly path: string;
  readonly clock: Clock;
  /** `always` (default): flushed to disk before a commit is acknowledged. `process`: survives a kill of the process, not of the machine. */
  readonly durability?: 'always' | 'process';
}

interface Waiting {
  readonly batch: Batch;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: MeshError) => void;
}

/**
 * A store in a folder of this machine (LevelDB), with all documents in memory for reading. Commits that wait while one
 * flush is under way share the next flush. Errors: `store/unavailable` where the folder is in use or cannot be written.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<ResourceStore> {
  const level = await openLevel(options.path);
  try {
    const store = new EmbeddedStore(level, options, await load(level));
    await store.start();
    return store;
  } catch (caught) {
    await level.close();
    throw caught;
  }
}

interface Loaded {
  readonly meta: StoreMeta;
  readonly trimmedTo: number;
  readonly table: ResourceTable;
  readonly tokens: readonly (readonly [string, number])[];
}

async function load(level: Level): Promise<Loaded> {
  const stored = await level.get(KEYS.meta);
  const fresh: StoreMeta = { format: 1, revision: { epoch: randomUUID(), n: 0 } };
  const meta = stored === undefined ? fresh : decode(KEYS.meta, stored) as StoreMeta;
  if ((meta.format as number) !== 1) throw new MeshError('store/corrupt', `embedded store: written by another version of Weft (format ${meta.format as number}); this one reads format 1`);
  const table = new ResourceTable();
  for await (const [key, value] of level.iterator(under('r/'))) {
    idOf(key);
    table.set(decode(key, value) as Resource);
  }
  const tokens: [string, number][] = [];
  for await (const [key, value] of level.iterator(under('l/'))) tokens.push([key.slice(2), decode(key, value) as number]);
  const trimmedTo = await level.get(KEYS.trimmedTo);
  return { meta, table, tokens, trimmedTo: trimmedTo === undefined ? 0 : decode(KEYS.trimmedTo, trimmedTo) as number };
}

class EmbeddedStore implements ResourceStore, DraftBase {
  revision: Revision;
  readonly #level: Level;
  readonly #clock: Clock;
  readonly #sync: boolean;
  readonly #table: ResourceTable;
  readonly #leases: LeaseTable;
  readonly #listeners = new Set<() => void>();
  #trimmedTo: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** After a failed write memory and disk may differ, so nothing more is written. */
  #broken: MeshError | undefined;
  #closed = false;

  constructor(level: Level, options: EmbeddedStoreOptions, loaded: Loaded) {
    this.#level = level;
    this.#clock = options.clock;
    this.#sync = options.durability !== 'process';
    this.#table = loaded.table;
    this.#leases = new LeaseTable(loaded.tokens);
    this.revision = loaded.meta.revision;
    this.#trimmedTo = loaded.trimmedTo;
  }

  /** Writes the meta record, so that a fresh store keeps its epoch. */
  async start(): Promise<void> {
    await this.#write([this.#meta(this.revision)]);
  }

  resource(id: ResourceId): Resource | undefined {
    return this.#table.byId(id);
  }

  leaseToken(lease: string): number {
    return this.#leases.token(lease);
  }

  async get(key: ResourceKey): Promise<Resource | undefined> {
    return this.#table.get(key);
  }

  async list(type: string, mesh?: string): Promise<readonly Resource[]> {
    return this.#table.list(type, mesh);
  }

  commit(batch: Batch): Promise<Committed> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#flushing ??= this.#flushAll();
    });
  }

  async readSecret(key: ResourceKey): Promise<Uint8Array | undefined> {
    const data = await this.#level.get(KEYS.secret(resourceId(key)));
    return data === undefined ? undefined : Uint8Array.from(data);
  }

  async head(): Promise<Revision> {
    return this.revision;
  }

  async snapshot(): Promise<{ readonly revision: Revision; readonly resources: readonly Resource[] }> {
    return { revision: this.revision, resources: this.#table.all() };
  }

  async changesAfter(n: number, limit: number): Promise<readonly ChangeRecord[]> {
    if (n < this.#trimmedTo) throw trimmed(n, this.#trimmedTo);
    const range = { gt: KEYS.change(n), lte: KEYS.change(this.revision.n), limit };
    const records: ChangeRecord[] = [];
    for await (const [key, value] of this.#level.iterator(range)) records.push(decode(key, value) as ChangeRecord);
    return records;
  }

  /** Not flushed: a trim that a power loss undoes is done again by the relay. */
  async trim(n: number): Promise<void> {
    const from = this.#trimmedTo;
    const upTo = Math.min(n, this.revision.n);
    if (upTo <= from) return;
    this.#trimmedTo = upTo;
    const forgotten = Array.from({ length: upTo - from }, (_, index): LevelOperation => ({ type: 'del', key: KEYS.change(from + index + 1) }));
    await this.#level.batch([...forgotten, { type: 'put', key: KEYS.trimmedTo, value: encode(upTo) }]);
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Only this process reaches the store, so a lease need not outlive it; the token does, and so a holder from before
   * a restart is fenced off by the next one.
   */
  async acquireLease(lease: string, holder: string, ttlMs: number): Promise<LeaseGrant | undefined> {
    const before = this.#leases.token(lease);
    const grant = this.#leases.acquire(lease, holder, { now: this.#clock.now(), ttlMs });
    if (grant !== undefined && grant.token !== before) await this.#write([{ type: 'put', key: KEYS.leaseToken(lease), value: encode(grant.token) }]);
    return grant;
  }

  async releaseLease(lease: string, holder: string): Promise<void> {
    this.#leases.release(lease, holder);
  }

  async durability(): Promise<DurabilityReport> {
    const detail = this.#sync
      ? 'embedded: every commit is flushed to disk before it is acknowledged'
      : 'embedded: commits reach the operating system before they are acknowledged, the disk a little later';
    return { survivesProcessKill: true, survivesPowerLoss: this.#sync, detail };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing;
    this.#listeners.clear();
    await this.#level.close();
  }

  async #flushAll(): Promise<void> {
    // Lets all commits of this tick into the first flush.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#flush(group);
    }
    this.#flushing = undefined;
  }

  async #flush(group: readonly Waiting[]): Promise<void> {
    const draft = new StoreDraft(this);
    const accepted: (() => void)[] = [];
    const refused: ((error: MeshError) => void)[] = [];
    for (const { batch, resolve, reject } of group) {
      try {
        const committed = draft.add(batch);
        accepted.push(() => resolve(committed));
        refused.push(reject);
      } catch (caught) {
        reject(MeshError.from(caught));
      }
    }
    if (accepted.length === 0) return;
    try {
      const effects = draft.effects();
      await this.#write(this.#operations(effects));
      this.#apply(effects);
      for (const acknowledge of accepted) acknowledge();
    } catch (caught) {
      for (const reject of refused) reject(MeshError.from(caught));
      return;
    }
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  #operations(effects: DraftEffects): LevelOperation[] {
    const documents = [...effects.resources].map(([id, resource]): LevelOperation =>
      resource === undefined ? { type: 'del', key: KEYS.resource(id) } : { type: 'put', key: KEYS.resource(id), value: encode(resource) });
    const secrets = effects.secrets.map(({ key, data }): LevelOperation =>
      data === null ? { type: 'del', key: KEYS.secret(resourceId(key)) } : { type: 'put', key: KEYS.secret(resourceId(key)), value: data });
    const changes = effects.records.map((record): LevelOperation => ({ type: 'put', key: KEYS.change(record.revision.n), value: encode(record) }));
    return [...documents, ...secrets, ...changes, this.#meta(effects.revision)];
  }

  #meta(revision: Revision): LevelOperation {
    return { type: 'put', key: KEYS.meta, value: encode({ format: 1, revision }) };
  }

  #apply(effects: DraftEffects): void {
    for (const [id, resource] of effects.resources) {
      if (resource === undefined) this.#table.delete(id);
      else this.#table.set(resource);
    }
    this.revision = effects.revision;
  }

  async #write(operations: readonly LevelOperation[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      await this.#level.batch([...operations], { sync: this.#sync });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      this.#broken = new MeshError('store/unavailable', `embedded store: writing failed (${message}); nothing more is written until the control plane restarts. Is the disk full?`, { cause });
      throw this.#broken;
    }
  }
}
