import type { ConsumerMessages, JsMsg, StreamState } from '@nats-io/jetstream';
import { DeliverPolicy, type OrderedPushConsumerOptions } from '@nats-io/jetstream';
import type { NatsLink } from './nats-link.ts';
import { isMissing } from './nats-errors.ts';

/** What a follower reads, and whom it tells. */
export interface FollowOptions {
  readonly stream: string;
  /** After a sequence; or the last message of each subject, then everything newer. */
  readonly from: number | 'last-per-subject';
  readonly onMessage: (message: JsMsg) => void;
  /** Every message that was there at the start was handed over. */
  readonly onReady?: () => void;
  /** The stream lost messages that were not read, or is another one. The follower has ended. */
  readonly onGone: (reason: string) => void;
}

/**
 * Reads a stream in order, each message once. Its server-side consumer may die without a word (with its node, say), so
 * `check` compares the stream's last sequence with what arrived, and opens another consumer from there.
 */
export class StreamFollower {
  readonly stream: string;
  readonly #link: NatsLink;
  readonly #options: FollowOptions;
  #messages: ConsumerMessages | undefined;
  #seen: number;
  #ready = false;
  #generation = 0;
  #closed = false;
  #opening = false;
  /** What the last check saw. */
  #checked = { seen: -1, last: -1 };

  constructor(link: NatsLink, options: FollowOptions) {
    this.#link = link;
    this.#options = options;
    this.stream = options.stream;
    this.#seen = options.from === 'last-per-subject' ? 0 : options.from;
  }

  async open(): Promise<void> {
    const generation = ++this.#generation;
    this.#opening = true;
    const before = this.#messages;
    this.#messages = undefined;
    try {
      await before?.close();
      const consumer = await this.#link.jetstream.consumers.getPushConsumer(this.stream, this.#start());
      const { num_pending: pending } = await consumer.info(true);
      const messages = await consumer.consume({ callback: (message) => this.#take(message, generation) });
      if (this.#closed || generation !== this.#generation) await messages.close();
      else this.#messages = messages;
      if (pending === 0) this.#markReady();
    } finally {
      this.#opening = false;
    }
  }

  /** Sequence of the last message handed over. */
  get seen(): number {
    return this.#seen;
  }

  /**
   * Called with the stream's state now and then; undefined where the stream does not exist any more. `seenBefore`: what was seen when the
   * state was asked for, since further messages may have come before the answer.
   */
  async check(state: StreamState | undefined, seenBefore: number): Promise<void> {
    if (this.#closed || this.#opening) return;
    if (state === undefined || state.last_seq < seenBefore) return this.#gone('the stream was lost');
    // Everything expired or was purged: there is nothing left to wait for.
    if (state.messages === 0 && this.#options.from === 'last-per-subject') this.#seen = Math.max(this.#seen, state.last_seq);
    if (this.#seen >= state.last_seq) this.#markReady();
    const before = this.#checked;
    this.#checked = { seen: this.#seen, last: state.last_seq };
    const stalled = before.seen === this.#seen && before.last > this.#seen && state.last_seq > this.#seen;
    if (stalled || this.#messages === undefined) await this.reopen();
  }

  /** Opens another consumer from where this one is; a failure is left to the next check. */
  async reopen(): Promise<void> {
    if (this.#closed || this.#opening) return;
    try {
      await this.open();
    } catch (caught) {
      if (isMissing(caught)) this.#gone('the stream is missing');
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = this.#messages;
    this.#messages = undefined;
    await open?.close();
  }

  #start(): Partial<OrderedPushConsumerOptions> {
    if (this.#options.from === 'last-per-subject' && this.#seen === 0) return { deliver_policy: DeliverPolicy.LastPerSubject, filter_subjects: '>' };
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#seen + 1 };
  }

  #take(message: JsMsg, generation: number): void {
    if (this.#closed || generation !== this.#generation || message.seq <= this.#seen) return;
    const log = this.#options.from !== 'last-per-subject';
    if (log && message.seq !== this.#seen + 1) return this.#gone(`messages ${this.#seen + 1} to ${message.seq - 1} are gone`);
    this.#seen = message.seq;
    this.#options.onMessage(message);
    if (message.info.pending === 0) this.#markReady();
  }

  #markReady(): void {
    if (this.#ready || this.#closed) return;
    this.#ready = true;
    this.#options.onReady?.();
  }

  #gone(reason: string): void {
    if (this.#closed) return;
    void this.close();
    this.#options.onGone(reason);
  }
}
