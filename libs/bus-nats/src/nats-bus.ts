import type { Bucket, BucketOptions, Bus, BusStatus, Log, RequestOptions, Subscription } from '@weft/bus';
import type { Json } from '@weft/kernel';
import { ensureBucket, NatsBucket } from './nats-bucket.ts';
import { NatsLink } from './nats-link.ts';
import { ensureLogStream, NatsLog } from './nats-log.ts';
import { NatsRequests } from './nats-requests.ts';
import { StreamWatchdog } from './stream-watchdog.ts';

/** Settings of {@link connectNatsBus}. */
export interface NatsBusOptions {
  /** E.g. `['nats://127.0.0.1:4222']`; any of a cluster will do. */
  readonly servers: readonly string[];
  /** Name of this process, shown by the servers and part of its inbox. */
  readonly name: string;
  /** Copies of each stream and bucket that is made; 3 on a cluster. Default 1. */
  readonly replicas?: number;
  /** How many messages a log keeps; a consumer further behind starts from a snapshot. Default 100,000. */
  readonly keptMessages?: number;
}

/** Connects to NATS with JetStream; waits for the first connection. Relies on nothing newer than nats-server 2.9. */
export async function connectNatsBus(options: NatsBusOptions): Promise<Bus> {
  return new NatsBus(await NatsLink.open(options), options);
}

class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #options: NatsBusOptions;
  readonly #requests: NatsRequests;
  readonly #watchdog: StreamWatchdog;

  constructor(link: NatsLink, options: NatsBusOptions) {
    this.#link = link;
    this.#options = options;
    this.#requests = new NatsRequests(link);
    this.#watchdog = new StreamWatchdog(link);
  }

  get status(): BusStatus {
    return this.#link.status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.#link.onStatus(listener);
  }

  request(subject: string, payload: Json, options?: RequestOptions): Promise<Json> {
    return this.#requests.request(subject, payload, options);
  }

  serve(subject: string, queue: string, handler: (payload: Json) => Promise<Json>): Promise<Subscription> {
    return this.#requests.serve(subject, queue, handler);
  }

  async bucket(name: string, options: BucketOptions = {}): Promise<Bucket> {
    const ensure = (): Promise<void> => ensureBucket(this.#link, name, { ...options, replicas: this.#options.replicas ?? 1 });
    await ensure();
    return new NatsBucket(this.#link, this.#watchdog, { name, ttlMs: options.ttlMs, ensure });
  }

  async log(name: string, subjectPrefix: string): Promise<Log> {
    const { replicas = 1, keptMessages = 100_000 } = this.#options;
    await ensureLogStream(this.#link, { stream: name, subjectPrefix, replicas, keptMessages });
    return new NatsLog(this.#link, this.#watchdog, name);
  }

  async close(): Promise<void> {
    await this.#watchdog.close();
    await this.#link.close();
  }
}
