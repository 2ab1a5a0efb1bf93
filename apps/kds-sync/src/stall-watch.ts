import type { Cancel, Clock } from '@weft/kernel';

/** Settings of {@link StallWatch}. */
export interface StallWatchOptions {
  readonly clock: Clock;
  /** So long nothing may move while something is due, in milliseconds. */
  readonly timeoutMs: number;
  /** What is due now, in words; empty where nothing is. */
  readonly due: () => readonly string[];
  /** Nothing has moved: called once. */
  readonly onStall: (due: readonly string[]) => void;
}

const LOOKS_PER_TIMEOUT = 4;

/** Notices a sync that has stopped moving: something is due, and nothing came for a while. */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #movedAt: number;
  #cancel: Cancel;

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#movedAt = options.clock.now();
    this.#cancel = this.#later();
  }

  /** Something came, or was done. */
  moved(): void {
    this.#movedAt = this.#options.clock.now();
  }

  close(): void {
    this.#cancel();
  }

  #later(): Cancel {
    const { clock, timeoutMs } = this.#options;
    return clock.after(timeoutMs / LOOKS_PER_TIMEOUT, () => this.#look());
  }

  #look(): void {
    const { clock, timeoutMs, due, onStall } = this.#options;
    const now = due();
    if (now.length === 0) this.moved();
    if (clock.now() - this.#movedAt >= timeoutMs) onStall(now);
    else this.#cancel = this.#later();
  }
}
