import { BUCKETS, bucketKey, type Bucket, type Bus } from '@weft/bus';
import type { Cancel, Clock, Json } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import { formatRevision, type Revision } from '@weft/resource-model';

/** A proxy's state is written at most once within this time. */
const COALESCE_MS = 1_000;

/** What changes after a quiet time waits so long for what follows from it: responses for their ACKs. */
const GATHER_MS = 100;

/** How often an instance says that it lives; entries disappear after {@link BUCKETS.instances}' time. */
const HEARTBEAT_MS = 3_000;

/** Something observed that can be written. */
export interface Observation {
  readonly key: ProxyKey;
  toJson(): Json;
}

/** Settings of {@link ObservedWriter.start}. */
export interface ObservedWriterOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly instance: string;
  readonly onFailure: (caught: unknown) => void;
}

/**
 * Writes observed state: only what changed, at most once a second per proxy; a quiet proxy costs nothing. What cannot
 * be written (the bus is away) stays dirty and is tried again.
 */
export class ObservedWriter {
  readonly #options: ObservedWriterOptions;
  readonly #observed: Bucket;
  readonly #instances: Bucket;
  readonly #dirty = new Map<string, Observation | undefined>();
  #timer: Cancel | undefined;
  #heartbeat: Cancel | undefined;
  #stopped = false;
  #flushedAt = 0;
  #settled: Revision | undefined;
  #written: Revision | undefined;

  private constructor(options: ObservedWriterOptions, observed: Bucket, instances: Bucket) {
    this.#options = options;
    this.#observed = observed;
    this.#instances = instances;
  }

  static async start(options: ObservedWriterOptions): Promise<ObservedWriter> {
    const observed = await options.bus.bucket(BUCKETS.observed.name);
    const instances = await options.bus.bucket(BUCKETS.instances.name, { ttlMs: BUCKETS.instances.ttlMs });
    const writer = new ObservedWriter(options, observed, instances);
    await writer.#beat();
    return writer;
  }

  /** The proxy's observed state has changed. */
  touch(observation: Observation): void {
    this.#mark(observation.key, observation);
  }

  /** The proxy's resource is gone, and with it what was observed of it. */
  forget(key: ProxyKey): void {
    this.#mark(key, undefined);
  }

  /** Every proxy was handed what follows from the feed up to here; said to others after what was observed until now. */
  settled(revision: Revision): void {
    this.#settled = revision;
    this.#arm();
  }

  /** Writes what is dirty now. */
  async flush(): Promise<void> {
    this.#flushedAt = this.#options.clock.now();
    const settled = this.#settled;
    const batch = [...this.#dirty];
    this.#dirty.clear();
    const results = await Promise.allSettled(batch.map(async ([key, observation]) => (observation === undefined ? this.#observed.delete(key) : this.#observed.put(key, observation.toJson()))));
    results.forEach((result, at) => {
      const entry = batch[at];
      if (result.status === 'fulfilled' || entry === undefined) return;
      if (!this.#dirty.has(entry[0])) this.#dirty.set(...entry);
      this.#options.onFailure(result.reason);
    });
    if (results.every(({ status }) => status === 'fulfilled') && settled !== undefined && settled !== this.#written && !this.#stopped) await this.#announce(settled);
    if (this.#dirty.size > 0 || this.#settled !== this.#written) this.#arm();
  }

  /** Writes the rest and withdraws the instance. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.();
    this.#heartbeat?.();
    await this.flush();
    await this.#instances.delete(this.#instanceKey()).catch(this.#options.onFailure);
    if (this.#written !== undefined) await this.#observed.delete(bucketKey(this.#options.instance)).catch(this.#options.onFailure);
  }

  #mark(key: ProxyKey, observation: Observation | undefined): void {
    this.#dirty.set(bucketKey(this.#options.instance, key.mesh, key.name, ...(key.type === undefined ? [] : [key.type])), observation);
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const wait = Math.max(GATHER_MS, Math.min(COALESCE_MS, this.#flushedAt + COALESCE_MS - this.#options.clock.now()));
    this.#timer = this.#options.clock.after(wait, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  async #beat(): Promise<void> {
    try {
      await this.#instances.put(this.#instanceKey(), { app: 'xds-server', instance: this.#options.instance });
    } catch (caught) {
      this.#options.onFailure(caught);
    }
    if (!this.#stopped) this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => void this.#beat());
  }

  /** Says how far the instance has come: in the bucket of what it observed, so that nobody reads it before that. */
  async #announce(revision: Revision): Promise<void> {
    try {
      await this.#observed.put(bucketKey(this.#options.instance), { revision: formatRevision(revision) });
      this.#written = revision;
    } catch (caught) {
      this.#options.onFailure(caught);
    }
  }

  #instanceKey(): string {
    return bucketKey('xds-server', this.#options.instance);
  }
}
