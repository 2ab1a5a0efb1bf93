import { MeshError, type Json } from '@weft/kernel';
import type { ConsumeOptions, Log, LogMessage, Subscription } from '@weft/bus';
import { Outbox } from './outbox.ts';

/** A log of this process that keeps its newest messages. */
export class MemoryLog implements Log {
  readonly #kept: number;
  readonly #consumers = new Set<Outbox<LogMessage>>();
  #messages: LogMessage[] = [];
  #last = 0;

  constructor(keptMessages: number) {
    this.#kept = keptMessages;
  }

  async append(subject: string, payload: Json, expectLastSeq: number): Promise<number> {
    if (expectLastSeq !== this.#last) {
      throw new MeshError('store/conflict', `log: expected last sequence ${expectLastSeq}, found ${this.#last}; another writer appended first`);
    }
    this.#last += 1;
    const message = { seq: this.#last, subject, payload };
    this.#messages.push(message);
    // Cut seldom: each cut copies the array.
    if (this.#messages.length > 2 * this.#kept) this.#messages = this.#messages.slice(-this.#kept);
    for (const consumer of this.#consumers) consumer.push(message);
    return message.seq;
  }

  async bounds(): Promise<{ readonly first: number; readonly last: number }> {
    return { first: this.#first(), last: this.#last };
  }

  async read(seq: number): Promise<LogMessage | undefined> {
    return this.#messages[seq - this.#first()];
  }

  async consume(options: ConsumeOptions): Promise<Subscription> {
    const outbox = new Outbox<LogMessage>((message) => deliver(message, options));
    if (options.afterSeq + 1 < this.#first() || options.afterSeq > this.#last) {
      outbox.mark(() => options.onLost(`messages after ${options.afterSeq} are gone; the log holds ${this.#first()} to ${this.#last}`));
      return { close: async () => outbox.close() };
    }
    for (const message of this.#messages.slice(options.afterSeq + 1 - this.#first())) outbox.push(message);
    this.#consumers.add(outbox);
    return {
      close: async () => {
        outbox.close();
        this.#consumers.delete(outbox);
      },
    };
  }

  /** Consumers here have been sent everything already, so none is lost. */
  async purge(): Promise<void> {
    this.#messages = [];
  }

  #first(): number {
    return this.#last - this.#messages.length + 1;
  }
}

function deliver(message: LogMessage, options: ConsumeOptions): void {
  const { prefixes = [] } = options;
  if (prefixes.length === 0 || prefixes.some((prefix) => message.subject.startsWith(prefix))) options.onMessage(message);
  options.onProgress?.(message.seq);
}
