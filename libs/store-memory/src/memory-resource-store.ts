import { MeshError, compareText, type Clock } from '@weft/kernel';
import { keyOf, resourceId, type Change, type ChangeRecord, type Resource, type ResourceId, type ResourceKey, type Revision } from '@weft/resource-model';
import type { Batch, Committed, DurabilityReport, Expectation, Fence, LeaseGrant, ResourceStore, Write } from '@weft/store';

interface Lease {
  readonly holder: string;
  readonly token: number;
  readonly expiresAt: number;
}

/** Keeps everything in this process: for tests, and for trying things out. Nothing survives the process. */
export class MemoryResourceStore implements ResourceStore {
  readonly #clock: Clock;
  readonly #epoch: string;
  readonly #resources = new Map<ResourceId, Resource>();
  readonly #secrets = new Map<ResourceId, Uint8Array>();
  readonly #leases = new Map<string, Lease>();
  readonly #listeners = new Set<() => void>();
  #log: ChangeRecord[] = [];
  #n = 0;
  #trimmed = 0;

  /** `epoch` must be new for each store: a fresh store is a new epoch. */
  constructor(options: { readonly clock: Clock; readonly epoch: string }) {
    this.#clock = options.clock;
    this.#epoch = options.epoch;
  }

  async get(key: ResourceKey): Promise<Resource | undefined> {
    return this.#resources.get(resourceId(key));
  }

  async list(type: string, mesh?: string): Promise<readonly Resource[]> {
    return [...this.#resources.values()]
      .filter((resource) => resource.type === type && (mesh === undefined || resource.mesh === mesh))
      .sort((a, b) => compareText(a.mesh, b.mesh) || compareText(a.name, b.name));
  }

  async commit(batch: Batch): Promise<Committed> {
    this.#checkFence(batch.fence);
    for (const write of batch.writes) this.#checkExpectation(write);
    const records = batch.writes.map((write) => this.#apply(write));
    for (const { key, data } of batch.secrets ?? []) {
      if (data === null) this.#secrets.delete(resourceId(key));
      else this.#secrets.set(resourceId(key), data);
    }
    this.#log.push(...records);
    for (const listener of this.#listeners) listener();
    return { revision: this.#revision(), records };
  }

  async readSecret(key: ResourceKey): Promise<Uint8Array | undefined> {
    return this.#secrets.get(resourceId(key));
  }

  async head(): Promise<Revision> {
    return this.#revision();
  }

  async snapshot(): Promise<{ readonly revision: Revision; readonly resources: readonly Resource[] }> {
    return { revision: this.#revision(), resources: [...this.#resources.values()] };
  }

  async changesAfter(n: number, limit: number): Promise<readonly ChangeRecord[]> {
    if (n < this.#trimmed) throw new MeshError('store/not-found', `changes up to ${this.#trimmed} are trimmed; ${n} was asked for`);
    return this.#log.slice(n - this.#trimmed, n - this.#trimmed + limit);
  }

  async trim(n: number): Promise<void> {
    const upTo = Math.min(n, this.#n);
    if (upTo <= this.#trimmed) return;
    this.#log = this.#log.slice(upTo - this.#trimmed);
    this.#trimmed = upTo;
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async acquireLease(lease: string, holder: string, ttlMs: number): Promise<LeaseGrant | undefined> {
    const now = this.#clock.now();
    const held = this.#leases.get(lease);
    if (held !== undefined && held.holder !== holder && held.expiresAt > now) return undefined;
    const token = held === undefined ? 1 : held.holder === holder ? held.token : held.token + 1;
    this.#leases.set(lease, { holder, token, expiresAt: now + ttlMs });
    return { token, expiresAt: now + ttlMs };
  }

  async releaseLease(lease: string, holder: string): Promise<void> {
    const held = this.#leases.get(lease);
    if (held?.holder === holder) this.#leases.set(lease, { holder: '', token: held.token, expiresAt: 0 });
  }

  async durability(): Promise<DurabilityReport> {
    return { survivesProcessKill: false, survivesPowerLoss: false, detail: 'resources are kept in memory and end with the process' };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  #revision(): Revision {
    return { epoch: this.#epoch, n: this.#n };
  }

  #checkFence(fence: Fence | undefined): void {
    if (fence === undefined) return;
    const held = this.#leases.get(fence.lease);
    if (held?.token !== fence.token) throw new MeshError('store/fenced', `lease ${fence.lease} has passed to another holder (token ${held?.token ?? 0}, not ${fence.token})`);
  }

  #checkExpectation(write: Write): void {
    const key = write.op === 'put' ? keyOf(write.resource) : write.key;
    checkExpectation(key, this.#resources.get(resourceId(key)), write.expect);
    if (write.op === 'delete' && write.expect !== 'any' && !this.#resources.has(resourceId(key))) throw new MeshError('store/not-found', `${resourceId(key)} does not exist`);
  }

  #apply(write: Write): ChangeRecord {
    const change = write.op === 'put' ? this.#put(write.resource) : this.#remove(write.key);
    return { revision: { epoch: this.#epoch, n: ++this.#n }, change };
  }

  #put(resource: Omit<Resource, 'version'>): Change {
    const id = resourceId(resource);
    const stored: Resource = { ...resource, version: (this.#resources.get(id)?.version ?? 0) + 1 };
    this.#resources.set(id, stored);
    return { op: 'put', resource: stored };
  }

  #remove(key: ResourceKey): Change {
    this.#resources.delete(resourceId(key));
    return { op: 'delete', key };
  }
}

function checkExpectation(key: ResourceKey, found: Resource | undefined, expect: Expectation): void {
  if (expect === 'any') return;
  if (expect === 'absent') {
    if (found !== undefined) throw new MeshError('store/conflict', `${resourceId(key)} exists already (version ${found.version})`);
    return;
  }
  if (found !== undefined && found.version !== expect.version) throw new MeshError('store/conflict', `${resourceId(key)} is at version ${found.version}, not ${expect.version}`);
  if (found === undefined) throw new MeshError('store/not-found', `${resourceId(key)} does not exist; version ${expect.version} was expected`);
}
