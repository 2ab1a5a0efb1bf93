import type { Cancel, Clock } from '@weft/kernel';

/** Settings of {@link BackOff}. */
export interface BackOffOptions {
  readonly clock: Clock;
  /** The first pause, in milliseconds. */
  readonly firstMs: number;
  /** From 0 to 1, evenly spread. */
  readonly random: () => number;
}

const LONGEST = 12;
const JITTER = 0.3;

/** Pauses between attempts that fail: each twice the one before, up to twelve times the first, spread so that zones do not come all at once. */
export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;
  #cancel: Cancel = () => undefined;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Calls back after the next pause, and gives its length in milliseconds. */
  retry(task: () => void): number {
    const { clock, firstMs, random } = this.#options;
    const pause = Math.min(2 ** this.#failures, LONGEST) * firstMs * (1 + JITTER * (random() * 2 - 1));
    this.#failures += 1;
    this.#cancel();
    this.#cancel = clock.after(pause, task);
    return Math.round(pause);
  }

  /** An attempt went well: the next pause is the first again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Gives up a pause that is under way. */
  close(): void {
    this.#cancel();
  }
}
