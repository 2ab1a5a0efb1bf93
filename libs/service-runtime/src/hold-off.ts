import type { Cancel, Clock } from '@weft/kernel';

/**
 * Runs a task soon after it was asked for, never twice at a time, and not again within `gapMs` of the last run: what
 * is asked for meanwhile becomes one more run.
 */
export class HoldOff {
  readonly #clock: Clock;
  readonly #gapMs: number;
  readonly #task: () => Promise<void>;
  #asked = false;
  #running: Promise<void> | undefined;
  #cancelTimer: Cancel | undefined;
  #closed = false;

  /** `task` must not reject. */
  constructor(clock: Clock, gapMs: number, task: () => Promise<void>) {
    this.#clock = clock;
    this.#gapMs = gapMs;
    this.#task = task;
  }

  /** Asks for a run. */
  ask(): void {
    this.#asked = true;
    if (this.#running === undefined && this.#cancelTimer === undefined && !this.#closed) this.#run();
  }

  /** No further run; resolves when the present one has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#running;
  }

  #run(): void {
    this.#asked = false;
    this.#running = this.#task().then(() => {
      this.#running = undefined;
      if (this.#closed) return;
      this.#cancelTimer = this.#clock.after(this.#gapMs, () => {
        this.#cancelTimer = undefined;
        if (this.#asked) this.#run();
      });
    });
  }
}
