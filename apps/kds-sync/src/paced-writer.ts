/** What can take message bytes: a stream of gRPC. */
export interface ByteSink {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
}

/**
 * Writes messages one at a time: the next is encoded when the one before has left. So a slow peer costs one encoded
 * message; what waits is what the messages refer to, which other streams share.
 */
export class PacedWriter<Message> {
  readonly #sink: ByteSink;
  readonly #encode: (message: Message) => Uint8Array;
  readonly #waiting: Message[] = [];
  #writing = false;
  #closed = false;

  constructor(sink: ByteSink, encode: (message: Message) => Uint8Array) {
    this.#sink = sink;
    this.#encode = encode;
  }

  /** Messages that have not left, the one under way included. */
  get pending(): number {
    return this.#waiting.length + (this.#writing ? 1 : 0);
  }

  write(message: Message): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    this.#next();
  }

  /** Drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  #next(): void {
    const message = this.#writing ? undefined : this.#waiting.shift();
    if (message === undefined) return;
    this.#writing = true;
    this.#sink.write(this.#encode(message), () => {
      this.#writing = false;
      this.#next();
    });
  }
}
