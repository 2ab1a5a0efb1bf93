import { Kvm } from '@nats-io/kv';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Bucket, BucketEntry, BucketOptions, Subscription } from '@weft/bus';
import { MeshError, type Json } from '@weft/kernel';
import { isMissing, isNoResponders } from './nats-errors.ts';
import { decodeJson, type NatsLink } from './nats-link.ts';
import type { StreamWatchdog } from './stream-watchdog.ts';

const OPERATION = 'KV-Operation';
const EXPECTED_REVISION = 'Nats-Expected-Last-Subject-Sequence';

/** Makes the bucket where it is missing, with history 1 and (nats-server 2.9 has no other) one age for all keys. */
export async function ensureBucket(link: NatsLink, name: string, options: BucketOptions & { readonly replicas: number }): Promise<void> {
  await link.call(`bucket ${name}`, () =>
    new Kvm(link.jetstream).create(name, { history: 1, replicas: options.replicas, ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }) }));
}

/** A NATS KV bucket: stream `KV_<name>`, subject `$KV.<name>.<key>`, revision = stream sequence. */
export class NatsBucket implements Bucket {
  readonly #link: NatsLink;
  readonly #watchdog: StreamWatchdog;
  readonly #name: string;
  readonly #ttlMs: number | undefined;
  readonly #ensure: () => Promise<void>;

  constructor(link: NatsLink, watchdog: StreamWatchdog, bucket: { readonly name: string; readonly ttlMs: number | undefined; readonly ensure: () => Promise<void> }) {
    this.#link = link;
    this.#watchdog = watchdog;
    this.#name = bucket.name;
    this.#ttlMs = bucket.ttlMs;
    this.#ensure = bucket.ensure;
  }

  async get(key: string): Promise<Json | undefined> {
    return (await this.entry(key)).value;
  }

  entry(key: string): Promise<BucketEntry> {
    // Not the direct API: a follower may answer that with an older value.
    return this.#link.call(`bucket ${this.#name}, key ${key}`, async () => {
      const stored = await this.#link.manager.streams.getMessage(`KV_${this.#name}`, { last_by_subj: this.#subject(key) }).catch((caught: unknown) => {
        if (isMissing(caught)) return null;
        throw caught;
      });
      return stored === null ? { key, value: undefined, revision: 0 } : { key, value: valueOf(stored.data, stored.header), revision: stored.seq };
    });
  }

  put(key: string, value: Json, expectRevision?: number): Promise<number> {
    return this.#publish(key, { data: this.#link.encode(`bucket ${this.#name}, key ${key}`, value), operation: 'PUT', expectRevision });
  }

  delete(key: string, expectRevision?: number): Promise<number> {
    return this.#publish(key, { data: new Uint8Array(), operation: 'DEL', expectRevision });
  }

  async entries(options: { readonly deleted?: boolean } = {}): Promise<readonly BucketEntry[]> {
    const found = new Map<string, BucketEntry>();
    let finish = (): void => undefined;
    let fail = (_error: MeshError): void => undefined;
    const done = new Promise<void>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    const close = await this.#follow({
      onEntry: (entry) => found.set(entry.key, entry),
      onReady: finish,
      onGone: (reason) => fail(new MeshError('bus/unavailable', `bucket ${this.#name}: ${reason}`)),
    });
    const unsubscribe = this.#link.onStatus((status) => {
      if (status === 'disconnected') fail(new MeshError('bus/unavailable', `bucket ${this.#name}: NATS went away while it was read`));
    });
    await done.finally(() => {
      unsubscribe();
      void close();
    });
    return [...found.values()].filter(({ value }) => value !== undefined || options.deleted === true);
  }

  async watch(listener: (entry: BucketEntry) => void, onReady?: () => void): Promise<Subscription> {
    const watch = new BucketWatch({ listener, onReady, ttlMs: this.#ttlMs, follow: (sink) => this.#follow(sink), ensure: this.#ensure });
    await watch.open();
    return { close: () => watch.close() };
  }

  #follow(sink: FollowSink): Promise<() => Promise<void>> {
    const prefix = this.#subject('').length;
    return this.#watchdog.follow({
      stream: `KV_${this.#name}`,
      from: 'last-per-subject',
      onMessage: (message) => sink.onEntry({ key: message.subject.slice(prefix), value: valueOf(message.data, message.headers), revision: message.seq }),
      onReady: sink.onReady,
      onGone: sink.onGone,
    });
  }

  async #publish(key: string, write: { readonly data: Uint8Array; readonly operation: 'PUT' | 'DEL'; readonly expectRevision: number | undefined }): Promise<number> {
    const head = headers();
    if (write.operation === 'DEL') head.set(OPERATION, 'DEL');
    if (write.expectRevision !== undefined) head.set(EXPECTED_REVISION, String(write.expectRevision));
    const what = `bucket ${this.#name}, key ${key}`;
    const publish = (): Promise<number> => this.#link.jetstream.publish(this.#subject(key), write.data, { headers: head, retries: 0 }).then((ack) => ack.seq);
    return this.#link.call(what, () => publish().catch(async (caught: unknown) => {
      // Nobody takes the subject: the servers lost the bucket.
      if (!isNoResponders(caught)) throw caught;
      await this.#ensure();
      return publish();
    }));
  }

  #subject(key: string): string {
    return `$KV.${this.#name}.${key}`;
  }
}

interface FollowSink {
  readonly onEntry: (entry: BucketEntry) => void;
  readonly onReady: () => void;
  readonly onGone: (reason: string) => void;
}

interface WatchOptions {
  readonly listener: (entry: BucketEntry) => void;
  readonly onReady: (() => void) | undefined;
  readonly ttlMs: number | undefined;
  readonly follow: (sink: FollowSink) => Promise<() => Promise<void>>;
  readonly ensure: () => Promise<void>;
}

const RETRY_MS = 500;

/** A watch that outlives its stream (a wiped server), and tells of expired keys, of which NATS says nothing. */
class BucketWatch {
  readonly #options: WatchOptions;
  readonly #expiries = new Map<string, NodeJS.Timeout>();
  readonly #present = new Set<string>();
  #unconfirmed = new Set<string>();
  #close: (() => Promise<void>) | undefined;
  #retry: NodeJS.Timeout | undefined;
  #wasReady = false;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const close = await this.#options.follow({ onEntry: (entry) => this.#take(entry), onReady: () => this.#ready(), onGone: () => this.#restart() });
    this.#close = close;
    if (this.#closed) await close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const timer of this.#expiries.values()) clearTimeout(timer);
    await this.#close?.();
  }

  #take(entry: BucketEntry): void {
    this.#unconfirmed.delete(entry.key);
    clearTimeout(this.#expiries.get(entry.key));
    if (entry.value === undefined) this.#present.delete(entry.key);
    else this.#present.add(entry.key);
    if (entry.value !== undefined && this.#options.ttlMs !== undefined) this.#expireLater(entry.key, this.#options.ttlMs);
    // A watch starts with what is present; deleted keys are news only later.
    if (entry.value !== undefined || this.#wasReady) this.#options.listener(entry);
  }

  /** Counted from when it came: the time that it bears is of the server's clock, which may be minutes away. */
  #expireLater(key: string, ttlMs: number): void {
    const timer = setTimeout(() => this.#gone(key), ttlMs);
    timer.unref();
    this.#expiries.set(key, timer);
  }

  #gone(key: string): void {
    if (this.#closed || !this.#present.delete(key)) return;
    this.#expiries.delete(key);
    this.#options.listener({ key, value: undefined, revision: 0 });
  }

  #ready(): void {
    for (const key of this.#unconfirmed) this.#gone(key);
    this.#unconfirmed = new Set();
    if (this.#wasReady) return;
    this.#wasReady = true;
    this.#options.onReady?.();
  }

  /** Everything from the start; keys that do not come again are reported gone. */
  #restart(): void {
    if (this.#closed) return;
    this.#unconfirmed = new Set(this.#present);
    this.#retry = setTimeout(() => {
      this.#options.ensure().then(() => this.open()).catch(() => this.#restart());
    }, RETRY_MS);
    this.#retry.unref();
  }
}

/** Nothing for a deleted key, also for one that a newer server marks as expired. */
function valueOf(data: Uint8Array, head: MsgHdrs | undefined): Json | undefined {
  const operation = head?.get(OPERATION) ?? '';
  return data.length === 0 || operation === 'DEL' || operation === 'PURGE' ? undefined : decodeJson(data);
}
