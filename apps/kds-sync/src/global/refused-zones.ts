import type { Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';
import type { PresenceWriter } from './presence-writer.ts';

/** Settings of {@link RefusedZones}. */
export interface RefusedZonesOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly presence: PresenceWriter;
  /** Whether there is a Zone of this name. */
  readonly isKnown: (zone: string) => boolean;
}

/** A zone comes again and again, with five streams each time: the log says the same once in so many milliseconds. */
const TOLD_AGAIN_MS = 10_000;
/** Names without a Zone that are remembered: anybody who reaches the port can make them up. */
const STRANGERS_KEPT = 20;
const ZONE_NAME = /^[a-zA-Z0-9]([-.a-zA-Z0-9]{0,251}[a-zA-Z0-9])?$/;

/** Tells of control planes that were not let in: in the log, and in the ZoneInsight of the name that they came under. */
export class RefusedZones {
  readonly #options: RefusedZonesOptions;
  readonly #strangers = new Set<string>();
  /** When a zone and reason were logged last. */
  readonly #told = new Map<string, number>();

  constructor(options: RefusedZonesOptions) {
    this.#options = options;
  }

  /** A call under this name was refused. */
  tell(zone: string, reason: string): void {
    const { clock, presence } = this.#options;
    this.#log(zone, reason);
    if (!this.#isKept(zone)) return;
    presence.of(zone).incidents.note({ kind: 'refused', reason }, new Date(clock.now()).toISOString());
    presence.touch(zone, 'counts');
  }

  #isKept(zone: string): boolean {
    const { isKnown, presence } = this.#options;
    if (isKnown(zone)) {
      this.#strangers.delete(zone);
      return true;
    }
    if (!ZONE_NAME.test(zone)) return false;
    this.#strangers.add(zone);
    const [oldest] = this.#strangers;
    if (this.#strangers.size <= STRANGERS_KEPT || oldest === undefined) return true;
    this.#strangers.delete(oldest);
    if (!isKnown(oldest)) presence.forget(oldest);
    return true;
  }

  #log(zone: string, reason: string): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    for (const [key, at] of this.#told) if (now - at >= TOLD_AGAIN_MS) this.#told.delete(key);
    const key = `${zone} ${reason}`;
    if (this.#told.has(key)) return;
    this.#told.set(key, now);
    log.warn({ zone, reason }, 'a zone was refused');
  }
}
