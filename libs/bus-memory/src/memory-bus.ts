import type { Clock, Json } from '@weft/kernel';
import type { Bucket, BucketOptions, Bus, BusStatus, Log, RequestOptions, Subscription } from '@weft/bus';
import { MemoryBucket } from './memory-bucket.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryRequests } from './memory-requests.ts';

/** Settings of {@link createMemoryBus}. */
export interface MemoryBusOptions {
  readonly clock: Clock;
  /** How many messages a log keeps at least; a consumer that starts further back is told that it is lost. Default 10,000. */
  readonly keptMessages?: number;
}

/** A bus for apps that share one process. Nothing is copied: what is sent must not be changed afterwards. */
export function createMemoryBus(options: MemoryBusOptions): Bus {
  return new MemoryBus(options);
}

class MemoryBus implements Bus {
  readonly status: BusStatus = 'connected';
  readonly #options: MemoryBusOptions;
  readonly #requests: MemoryRequests;
  readonly #buckets = new Map<string, MemoryBucket>();
  readonly #logs = new Map<string, MemoryLog>();

  constructor(options: MemoryBusOptions) {
    this.#options = options;
    this.#requests = new MemoryRequests(options.clock);
  }

  request(subject: string, payload: Json, options?: RequestOptions): Promise<Json> {
    return this.#requests.request(subject, payload, options);
  }

  serve(subject: string, queue: string, handler: (payload: Json) => Promise<Json>): Promise<Subscription> {
    return this.#requests.serve(subject, queue, handler);
  }

  async bucket(name: string, options?: BucketOptions): Promise<Bucket> {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) this.#buckets.set(name, (bucket = new MemoryBucket(this.#options.clock, options)));
    return bucket;
  }

  async log(name: string): Promise<Log> {
    let log = this.#logs.get(name);
    if (log === undefined) this.#logs.set(name, (log = new MemoryLog(this.#options.keptMessages ?? 10_000)));
    return log;
  }

  /** Never called: this bus is always connected. */
  onStatus(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    return undefined;
  }
}
