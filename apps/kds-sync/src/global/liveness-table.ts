import type { Cancel, Clock } from '@weft/kernel';
import type { Resource, ZoneLivenessSpec } from '@weft/resource-model';

/** Settings of {@link LivenessTable}. */
export interface LivenessTableOptions {
  readonly clock: Clock;
  /** So long after its last sign of life a zone counts as alive, in milliseconds. */
  readonly leaseMs: number;
  /** Something may be due. */
  readonly onChange: () => void;
}

/** A ZoneLiveness as stored. */
export type StoredLiveness = Resource<ZoneLivenessSpec>;

/** What the stored state lacks: a zone's liveness as it is, or, without `spec`, that nothing is to be said of it. */
export interface LivenessDue {
  readonly zone: string;
  readonly stored: StoredLiveness | undefined;
  readonly spec?: ZoneLivenessSpec;
}

interface Heard {
  spec: ZoneLivenessSpec;
  cancel: Cancel;
}

/** Which zones of Weft are alive: each sign of life gives a zone a lease; when that has run out, it is offline. */
export class LivenessTable {
  readonly #options: LivenessTableOptions;
  readonly #heard = new Map<string, Heard>();
  readonly #stored = new Map<string, StoredLiveness>();
  readonly #exempt = new Set<string>();

  constructor(options: LivenessTableOptions) {
    this.#options = options;
  }

  /** A zone of Weft gave a sign of life. */
  heard(zone: string): void {
    this.#exempt.delete(zone);
    this.#arm(zone, true);
  }

  /** A stock zone bears the name, or none does: nothing is said of it. */
  forget(zone: string): void {
    this.#exempt.add(zone);
    this.#heard.get(zone)?.cancel();
    if (this.#heard.delete(zone) || this.#stored.has(zone)) this.#options.onChange();
  }

  /** What is stored of a zone now. One that was alive, and is not heard of since this began, has one lease to come. */
  stored(zone: string, liveness: StoredLiveness | undefined): void {
    if (liveness === undefined) this.#stored.delete(zone);
    else this.#stored.set(zone, liveness);
    if (liveness !== undefined && !this.#heard.has(zone) && !this.#exempt.has(zone)) this.#take(zone, liveness.spec);
    this.#options.onChange();
  }

  /** Where what is stored is not what is so. */
  due(): readonly LivenessDue[] {
    const zones = [...new Set([...this.#heard.keys(), ...this.#stored.keys()])];
    return zones.flatMap((zone): readonly LivenessDue[] => {
      const [stored, spec] = [this.#stored.get(zone), this.#heard.get(zone)?.spec];
      if (stored?.spec.online === spec?.online) return [];
      return [{ zone, stored, ...(spec && { spec }) }];
    });
  }

  close(): void {
    for (const { cancel } of this.#heard.values()) cancel();
    this.#heard.clear();
  }

  #take(zone: string, spec: ZoneLivenessSpec): void {
    if (spec.online) this.#arm(zone, true, spec.since);
    else this.#heard.set(zone, { spec, cancel: () => undefined });
  }

  #arm(zone: string, online: boolean, since = new Date(this.#options.clock.now()).toISOString()): void {
    const before = this.#heard.get(zone);
    before?.cancel();
    const spec = before?.spec.online === online ? before.spec : { zone, online, since };
    const cancel = online ? this.#options.clock.after(this.#options.leaseMs, () => this.#arm(zone, false)) : () => undefined;
    this.#heard.set(zone, { spec, cancel });
    if (before?.spec.online !== online) this.#options.onChange();
  }
}
