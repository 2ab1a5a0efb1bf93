import { randomUUID } from 'node:crypto';
import type { Clock } from '@weft/kernel';
import { resourceId, type ChangeRecord, type Resource, type ResourceId, type ResourceKey, type Revision } from '@weft/resource-model';
import {
  LeaseTable, ResourceTable, StoreDraft, trimmed,
  type Batch, type Committed, type DurabilityReport, type DraftBase, type LeaseGrant, type ResourceStore, type SecretWrite,
} from '@weft/store';

/** Settings of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Default: a fresh one, since nothing outlives the process. */
  readonly epoch?: string;
}

/** A store whose content ends with the process. For tests, benchmarks and trying things out. */
export function createMemoryStore(options: MemoryStoreOptions): ResourceStore {
  return new MemoryStore(options);
}

class MemoryStore implements ResourceStore, DraftBase {
  revision: Revision;
  readonly #clock: Clock;
  readonly #table = new ResourceTable();
  readonly #secrets = new Map<ResourceId, Uint8Array>();
  readonly #leases = new LeaseTable();
  readonly #listeners = new Set<() => void>();
  #changes: ChangeRecord[] = [];
  #trimmedTo = 0;
  #notifying = false;

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock;
    this.revision = { epoch: options.epoch ?? randomUUID(), n: 0 };
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

  async commit(batch: Batch): Promise<Committed> {
    const draft = new StoreDraft(this);
    const committed = draft.add(batch);
    const effects = draft.effects();
    for (const [id, resource] of effects.resources) {
      if (resource === undefined) this.#table.delete(id);
      else this.#table.set(resource);
    }
    for (const secret of effects.secrets) this.#writeSecret(secret);
    this.#changes.push(...effects.records);
    this.revision = effects.revision;
    this.#notify();
    return committed;
  }

  async readSecret(key: ResourceKey): Promise<Uint8Array | undefined> {
    return this.#secrets.get(resourceId(key));
  }

  async head(): Promise<Revision> {
    return this.revision;
  }

  async snapshot(): Promise<{ readonly revision: Revision; readonly resources: readonly Resource[] }> {
    return { revision: this.revision, resources: this.#table.all() };
  }

  async changesAfter(n: number, limit: number): Promise<readonly ChangeRecord[]> {
    if (n < this.#trimmedTo) throw trimmed(n, this.#trimmedTo);
    const start = n - this.#trimmedTo;
    return this.#changes.slice(start, start + limit);
  }

  async trim(n: number): Promise<void> {
    const upTo = Math.min(n, this.revision.n);
    if (upTo <= this.#trimmedTo) return;
    this.#changes = this.#changes.slice(upTo - this.#trimmedTo);
    this.#trimmedTo = upTo;
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async acquireLease(lease: string, holder: string, ttlMs: number): Promise<LeaseGrant | undefined> {
    return this.#leases.acquire(lease, holder, { now: this.#clock.now(), ttlMs });
  }

  async releaseLease(lease: string, holder: string): Promise<void> {
    this.#leases.release(lease, holder);
  }

  async durability(): Promise<DurabilityReport> {
    return { survivesProcessKill: false, survivesPowerLoss: false, detail: 'in memory: everything is lost when the process ends' };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  #writeSecret(secret: SecretWrite): void {
    const id = resourceId(secret.key);
    if (secret.data === null) this.#secrets.delete(id);
    else this.#secrets.set(id, secret.data);
  }

  /** Once for all commits of a tick, after the committing code has run on. */
  #notify(): void {
    if (this.#notifying) return;
    this.#notifying = true;
    queueMicrotask(() => {
      this.#notifying = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
