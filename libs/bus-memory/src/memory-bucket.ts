import { MeshError, type Cancel, type Clock, type Json } from '@weft/kernel';
import type { Bucket, BucketEntry, BucketOptions, Subscription } from '@weft/bus';
import { Outbox } from './outbox.ts';

interface Stored {
  readonly value: Json | undefined;
  readonly revision: number;
  readonly cancelExpiry: Cancel | undefined;
}

/** How many deleted keys keep their revision, for expectations. */
const KEPT_TOMBSTONES = 10_000;

/** A bucket of this process. Values are passed on as they are: plain data that nobody changes. */
export class MemoryBucket implements Bucket {
  readonly #clock: Clock;
  readonly #ttlMs: number | undefined;
  readonly #present = new Map<string, Stored>();
  readonly #tombstones = new Map<string, number>();
  readonly #watches = new Set<Outbox<BucketEntry>>();
  #revision = 0;

  constructor(clock: Clock, options: BucketOptions = {}) {
    this.#clock = clock;
    this.#ttlMs = options.ttlMs;
  }

  async get(key: string): Promise<Json | undefined> {
    return this.#present.get(key)?.value;
  }

  async entry(key: string): Promise<BucketEntry> {
    return { key, value: this.#present.get(key)?.value, revision: this.#lastRevision(key) };
  }

  async put(key: string, value: Json, expectRevision?: number): Promise<number> {
    this.#expect(key, expectRevision);
    this.#forget(key);
    const revision = ++this.#revision;
    const cancelExpiry = this.#ttlMs === undefined ? undefined : this.#clock.after(this.#ttlMs, () => this.#remove(key));
    this.#present.set(key, { value, revision, cancelExpiry });
    this.#tell({ key, value, revision });
    return revision;
  }

  async delete(key: string, expectRevision?: number): Promise<number> {
    this.#expect(key, expectRevision);
    return this.#remove(key);
  }

  async entries(options: { readonly deleted?: boolean } = {}): Promise<readonly BucketEntry[]> {
    const present: BucketEntry[] = [...this.#present].map(([key, { value, revision }]) => ({ key, value, revision }));
    if (options.deleted !== true) return present;
    return [...present, ...[...this.#tombstones].map(([key, revision]) => ({ key, value: undefined, revision }))];
  }

  async watch(listener: (entry: BucketEntry) => void, onReady?: () => void): Promise<Subscription> {
    const outbox = new Outbox(listener);
    for (const [key, { value, revision }] of this.#present) outbox.push({ key, value, revision });
    if (onReady !== undefined) outbox.mark(onReady);
    this.#watches.add(outbox);
    return {
      close: async () => {
        outbox.close();
        this.#watches.delete(outbox);
      },
    };
  }

  #expect(key: string, revision: number | undefined): void {
    const last = this.#lastRevision(key);
    if (revision === undefined || revision === last) return;
    throw new MeshError('store/conflict', `bucket key "${key}": expected revision ${revision}, found ${last}; read it again`, { details: { key } });
  }

  #lastRevision(key: string): number {
    return this.#present.get(key)?.revision ?? this.#tombstones.get(key) ?? 0;
  }

  #forget(key: string): void {
    this.#present.get(key)?.cancelExpiry?.();
    this.#present.delete(key);
    this.#tombstones.delete(key);
  }

  #remove(key: string): number {
    const revision = ++this.#revision;
    this.#forget(key);
    this.#tombstones.set(key, revision);
    if (this.#tombstones.size > KEPT_TOMBSTONES) for (const oldest of this.#tombstones.keys()) { this.#tombstones.delete(oldest); break; }
    this.#tell({ key, value: undefined, revision });
    return revision;
  }

  #tell(entry: BucketEntry): void {
    for (const watch of this.#watches) watch.push(entry);
  }
}
