import { MeshError, type Cancel, type Clock } from '@weft/kernel';
import type { Bus } from '@weft/bus';
import type { ChangeRecord, Revision } from '@weft/resource-model';
import { FeedSession } from './feed-session.ts';
import type { FeedSnapshot } from './feed-state.ts';
import { openFeed, type FeedLogger } from './feed-places.ts';
import { Signal } from './signal.ts';

/** Settings of {@link consumeFeed}. */
export interface FeedConsumerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: FeedLogger;
  /** Names of the resource types wanted. Absent or empty: all. */
  readonly types?: readonly string[];
  /** Everything at one revision, at the start and again when an epoch begins or messages were lost: replaces all state. */
  readonly onSnapshot: (snapshot: FeedSnapshot) => void;
  /** Changes after the snapshot, in order, each once; those that arrived together in one call. */
  readonly onChanges: (records: readonly ChangeRecord[]) => void;
  /** All wanted changes up to here were handed over. */
  readonly onHead?: (revision: Revision) => void;
}

/** A consumer of the feed. */
export interface FeedConsumer {
  /** Resolves after the first snapshot, which lies at or past the head at that time. Never rejects. */
  readonly ready: Promise<void>;
  /** Up to where everything wanted was handed over; undefined before the first snapshot. */
  appliedTo(): Revision | undefined;
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/**
 * Follows the feed: one snapshot, then every change, across lost connections, relays and epochs. A listener that
 * throws ends the process's use of the feed no less than a bug would: the error is logged and the state started again.
 */
export function consumeFeed(options: FeedConsumerOptions): FeedConsumer {
  return new Follower(options);
}

class Follower implements FeedConsumer {
  readonly ready: Promise<void>;
  readonly #options: FeedConsumerOptions;
  readonly #ended: Promise<void>;
  #applied: Revision | undefined;
  #session: FeedSession | undefined;
  #closed = false;
  #retryMs = FIRST_RETRY_MS;
  #wake: Cancel = () => undefined;
  #markReady: () => void = () => undefined;

  constructor(options: FeedConsumerOptions) {
    this.#options = options;
    this.ready = new Promise((resolve) => (this.#markReady = resolve));
    this.#ended = this.#run();
  }

  appliedTo(): Revision | undefined {
    return this.#applied;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#session?.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed()) {
      try {
        const reason = await this.#follow();
        if (!this.#isClosed()) this.#options.log.info({ reason }, 'feed: starts again from the snapshot');
      } catch (caught) {
        this.#options.log.warn({ error: MeshError.from(caught).message }, 'feed: interrupted, tries again');
      }
      if (!this.#isClosed()) await this.#pause();
    }
  }

  /** One session, from the snapshot until something makes it start again; gives the reason. */
  async #follow(): Promise<string> {
    const places = await openFeed(this.#options.bus);
    const session = new FeedSession(places, {
      types: this.#options.types ?? [],
      onSnapshot: (snapshot) => {
        this.#options.onSnapshot(snapshot);
        this.#retryMs = FIRST_RETRY_MS;
      },
      onChanges: this.#options.onChanges,
      onHead: (revision) => {
        this.#applied = revision;
        this.#options.onHead?.(revision);
        this.#markReady();
      },
    });
    this.#session = session;
    if (this.#isClosed()) await session.close();
    return session.run().finally(() => session.close());
  }

  async #pause(): Promise<void> {
    const due = new Signal();
    this.#wake = () => due.raise();
    const cancel = this.#options.clock.after(this.#retryMs, this.#wake);
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
    await due.wait();
    cancel();
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}
