import type { Cancel, Clock } from '@weft/kernel';

interface Timer {
  readonly at: number;
  readonly task: () => void;
  handle: NodeJS.Timeout;
}

/** The machine's clock, which a test may put forward: what was due meanwhile then happens at once. */
export class JumpingClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer: Timer = { at: this.now() + delayMs, task, handle: setTimeout(() => undefined, 0) };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
  }

  /** Puts the clock forward. */
  jump(ms: number): void {
    this.#aheadMs += ms;
    for (const timer of this.#timers) this.#arm(timer);
  }

  #arm(timer: Timer): void {
    clearTimeout(timer.handle);
    timer.handle = setTimeout(() => {
      this.#timers.delete(timer);
      timer.task();
    }, Math.max(0, timer.at - this.now())).unref();
  }
}
