import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { ConsumeOptions, Log, LogMessage, Subscription } from '@weft/bus';
import type { Json } from '@weft/kernel';
import { isMissing } from './nats-errors.ts';
import { decodeJson, type NatsLink } from './nats-link.ts';
import type { StreamWatchdog } from './stream-watchdog.ts';

/** Where a log lives. */
export interface NatsLogOptions {
  readonly stream: string;
  readonly subjectPrefix: string;
  readonly replicas: number;
  readonly keptMessages: number;
}

/** A log as a JetStream stream. Filters are applied here, so that every consumer sees each sequence pass. */
export class NatsLog implements Log {
  readonly #link: NatsLink;
  readonly #watchdog: StreamWatchdog;
  readonly #stream: string;

  constructor(link: NatsLink, watchdog: StreamWatchdog, stream: string) {
    this.#link = link;
    this.#watchdog = watchdog;
    this.#stream = stream;
  }

  async append(subject: string, payload: Json, expectLastSeq: number): Promise<number> {
    const what = `append to log ${this.#stream}`;
    const data = this.#link.encode(what, payload);
    const ack = await this.#link.call(what, () => this.#link.jetstream.publish(subject, data, { expect: { lastSequence: expectLastSeq }, retries: 0 }));
    return ack.seq;
  }

  async bounds(): Promise<{ readonly first: number; readonly last: number }> {
    const { state } = await this.#link.call(`bounds of log ${this.#stream}`, () => this.#link.manager.streams.info(this.#stream));
    return { first: state.messages === 0 ? state.last_seq + 1 : state.first_seq, last: state.last_seq };
  }

  read(seq: number): Promise<LogMessage | undefined> {
    return this.#link.call(`read of log ${this.#stream}`, async () => {
      if (seq < 1) return undefined;
      const stored = await this.#link.manager.streams.getMessage(this.#stream, { seq }).catch((caught: unknown) => {
        if (isMissing(caught)) return null;
        throw caught;
      });
      return stored === null ? undefined : { seq: stored.seq, subject: stored.subject, payload: decodeJson(stored.data) };
    });
  }

  async consume(options: ConsumeOptions): Promise<Subscription> {
    const { first, last } = await this.bounds();
    if (options.afterSeq + 1 < first || options.afterSeq > last) {
      queueMicrotask(() => options.onLost(`messages after ${options.afterSeq} are gone; the log holds ${first} to ${last}`));
      return { close: async () => undefined };
    }
    const { prefixes = [] } = options;
    const close = await this.#watchdog.follow({
      stream: this.#stream,
      from: options.afterSeq,
      onMessage: ({ seq, subject, data }) => {
        if (prefixes.length === 0 || prefixes.some((prefix) => subject.startsWith(prefix))) options.onMessage({ seq, subject, payload: decodeJson(data) });
        options.onProgress?.(seq);
      },
      onGone: (reason) => options.onLost(`log ${this.#stream}: ${reason}`),
    });
    return { close };
  }

  async purge(): Promise<void> {
    await this.#link.call(`purge of log ${this.#stream}`, () => this.#link.manager.streams.purge(this.#stream));
  }
}

/** Makes the stream where it is missing; one that exists keeps its settings. */
export async function ensureLogStream(link: NatsLink, options: NatsLogOptions): Promise<void> {
  await link.call(`log ${options.stream}`, async () => {
    try {
      await link.manager.streams.info(options.stream);
    } catch (caught) {
      if (!isMissing(caught)) throw caught;
      await link.manager.streams.add({
        name: options.stream, subjects: [`${options.subjectPrefix}>`], retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old,
        storage: StorageType.File, max_msgs: options.keptMessages, num_replicas: options.replicas,
      });
    }
  });
}
