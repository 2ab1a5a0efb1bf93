/**
 * Delivers items to one listener in order, after the code that pushed them has run on, all that waits in one go.
 * So a listener never runs inside the writer's call, as on a real bus.
 */
export class Outbox<T> {
  readonly #listener: (item: T) => void;
  #waiting: (() => void)[] = [];
  #scheduled = false;
  #closed = false;

  constructor(listener: (item: T) => void) {
    this.#listener = listener;
  }

  push(item: T): void {
    this.mark(() => this.#listener(item));
  }

  /** Runs `call` after everything pushed so far. */
  mark(call: () => void): void {
    if (this.#closed) return;
    this.#waiting.push(call);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #deliver(): void {
    this.#scheduled = false;
    const calls = this.#waiting;
    this.#waiting = [];
    for (const call of calls) {
      // Closed by an earlier call of this round: the rest is not wanted any more.
      if (this.#isClosed()) return;
      call();
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}
