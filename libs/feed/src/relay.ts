import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Bus } from '@weft/bus';
import type { ChangeRecord, FeedVisibility, Resource } from '@weft/resource-model';
import { holdLease, type ResourceStore } from '@weft/store';
import { feedSubject, messageOf, toJson, type Disclosure, type FeedMessage } from './feed-message.ts';
import { openFeed, type FeedLogger, type FeedPlaces } from './feed-places.ts';
import { locate, type RelayPosition } from './relay-position.ts';
import { Signal } from './signal.ts';

/** Settings of {@link startRelay}. */
export interface RelayOptions {
  readonly store: ResourceStore;
  readonly bus: Bus;
  readonly clock: Clock;
  /** What the feed shows of a type (the registry knows). */
  readonly visibility: (type: string) => FeedVisibility;
  /** Tells a change of a secret's content from a rewrite. Default: its version. */
  readonly envelopeDigest?: (resource: Resource) => string;
  /** Name of this process, unique among those that share the store. */
  readonly holder: string;
  readonly log: FeedLogger;
  /** Default 4,000: the longest that changes wait when the process that publishes them was killed. */
  readonly leaseTtlMs?: number;
}

/** A relay that publishes, or waits for the lease. */
export interface Relay {
  close(): Promise<void>;
}

/** Lease of the one relay that publishes. */
export const RELAY_LEASE = 'relay';

const LEASE_TTL_MS = 4_000;
const BATCH = 256;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Publishes the store's changes on the feed, in order, each once, while it holds the store's lease `relay`. Nothing it
 * meets ends it: bus or store away, a lost lease and a competing relay each make it look up its position and go on.
 */
export function startRelay(options: RelayOptions): Relay {
  let run: RelayRun | undefined;
  const ended: Promise<void>[] = [];
  const stop = (): void => {
    run?.stop();
    run = undefined;
  };
  const lease = holdLease({
    clock: options.clock,
    ttlMs: options.leaseTtlMs ?? LEASE_TTL_MS,
    acquire: () => options.store.acquireLease(RELAY_LEASE, options.holder, options.leaseTtlMs ?? LEASE_TTL_MS),
    release: () => options.store.releaseLease(RELAY_LEASE, options.holder),
    onHeld: (token, held) => {
      options.log.info({ token }, 'relay: holds the lease');
      run = new RelayRun(options, held);
      ended.push(run.ended);
    },
    onLost: () => {
      options.log.warn({}, 'relay: lost the lease, stops publishing');
      stop();
    },
    onError: (caught) => options.log.warn({ error: MeshError.from(caught).message }, 'relay: cannot renew the lease, tries again'),
  });
  return {
    close: async () => {
      stop();
      await Promise.all(ended);
      await lease.close();
    },
  };
}

/** One tenure of the lease. */
class RelayRun {
  readonly ended: Promise<void>;
  readonly #options: RelayOptions;
  readonly #held: () => boolean;
  readonly #disclosure: Disclosure;
  readonly #work = new Signal();
  readonly #unsubscribe: readonly (() => void)[];
  #stopped = false;
  /** The bus was away, and may have come back empty. */
  #inDoubt = false;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: Cancel = () => undefined;

  constructor(options: RelayOptions, held: () => boolean) {
    this.#options = options;
    this.#held = held;
    this.#disclosure = { visibility: options.visibility, envelopeDigest: options.envelopeDigest ?? ((resource) => String(resource.version)) };
    this.#unsubscribe = [
      options.store.onCommit(() => this.#work.raise()),
      options.bus.onStatus(() => {
        this.#inDoubt = true;
        this.#work.raise();
      }),
    ];
    this.ended = this.#run();
  }

  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelRetry();
    this.#work.raise();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#publishAll();
      } catch (caught) {
        if (!this.#isStopped()) await this.#pause(MeshError.from(caught));
      }
    }
  }

  async #publishAll(): Promise<void> {
    this.#inDoubt = false;
    const places = await openFeed(this.#options.bus);
    let position = await locate(this.#options.store, places, this.#disclosure);
    this.#options.log.info({ epoch: position.epoch, n: position.n }, 'relay: publishes from here');
    while (!this.#isStopped() && !this.#mustLookAgain()) {
      const records = await this.#next(position);
      if (records.length === 0) await this.#work.wait();
      else position = await this.#publish(records, position, places);
      this.#retryMs = FIRST_RETRY_MS;
    }
  }

  async #next(position: RelayPosition): Promise<readonly ChangeRecord[]> {
    const { store } = this.#options;
    const head = await store.head();
    const records = head.epoch === position.epoch && head.n > position.n ? await store.changesAfter(position.n, BATCH) : [];
    const first = records[0]?.revision;
    if (head.epoch !== position.epoch || (first !== undefined && (first.epoch !== position.epoch || first.n !== position.n + 1))) {
      throw new MeshError('store/conflict', `the store is at epoch ${head.epoch}, the relay at ${position.epoch}; it starts the feed again`);
    }
    return records;
  }

  /** Log, then snapshot, then head mark, then trim: docs/adr/0002 says why. */
  async #publish(records: readonly ChangeRecord[], position: RelayPosition, places: FeedPlaces): Promise<RelayPosition> {
    if (!this.#held()) throw new MeshError('store/fenced', 'the lease may have passed to another relay');
    const messages = records.map((record) => messageOf(record, this.#disclosure));
    const appended = messages.filter((message) => message.revision.n > position.loggedN);
    await this.#append(appended, position, places);
    await position.writer.apply(messages);
    const n = position.n + records.length;
    await position.writer.mark({ epoch: position.epoch, n, seq: position.base + n, rewriting: false });
    await this.#options.store.trim(n);
    return { ...position, n, loggedN: Math.max(position.loggedN, n) };
  }

  /** All on their way at once; the expected sequences keep the order, and nothing follows one that failed. */
  async #append(messages: readonly FeedMessage[], position: RelayPosition, places: FeedPlaces): Promise<void> {
    const appends = messages.map((message) => places.log.append(feedSubject(message), toJson(message), position.base + message.revision.n - 1));
    const failed = (await Promise.allSettled(appends)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw MeshError.from(failed.reason);
  }

  async #pause(error: MeshError): Promise<void> {
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(LAST_RETRY_MS, delayMs * 2);
    this.#options.log.warn({ code: error.code, error: error.message, delayMs }, 'relay: interrupted, looks up its position again');
    const due = new Signal();
    const cancelTimer = this.#options.clock.after(delayMs, () => due.raise());
    const unsubscribe = this.#options.bus.onStatus((status) => {
      if (status === 'connected') due.raise();
    });
    this.#cancelRetry = () => {
      cancelTimer();
      due.raise();
    };
    await due.wait();
    cancelTimer();
    unsubscribe();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #mustLookAgain(): boolean {
    return this.#inDoubt;
  }
}
