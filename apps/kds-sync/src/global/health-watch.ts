import type { Cancel, Clock } from '@weft/kernel';

/** Settings of {@link HealthWatch}. */
export interface HealthWatchOptions {
  readonly clock: Clock;
  /** A zone that checks its health must do so within this time, in milliseconds; 0 for no limit. */
  readonly timeoutMs: number;
  /** A zone that did so before has not for too long. */
  readonly onSilent: (zone: string) => void;
}

/** Notices zones that have stopped checking their health (`zoneHealthCheck.closeStaleConn`). */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  readonly #timers = new Map<string, Cancel>();

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  /** A zone checked its health. */
  checked(zone: string): void {
    const { clock, timeoutMs, onSilent } = this.#options;
    if (timeoutMs === 0) return;
    this.#timers.get(zone)?.();
    this.#timers.set(zone, clock.after(timeoutMs, () => {
      this.#timers.delete(zone);
      onSilent(zone);
    }));
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
