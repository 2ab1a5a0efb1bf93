import { BUCKETS, bucketKey, type Bucket, type Bus } from '@weft/bus';
import { MeshError, type Cancel, type Clock } from '@weft/kernel';

/** Settings of {@link ZoneLeases}. */
export interface ZoneLeasesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly instance: string;
  /** A zone that gave signs of life has stopped, or begins again. */
  readonly onSilent: (zone: string, silent: boolean) => void;
  /** A silent zone has lost its name to another control plane: its streams are to end. */
  readonly onTaken: (zone: string) => void;
}

interface Lease {
  readonly identity: string;
  /** Streams that stand on it. */
  holders: number;
  /** Nobody has heard of the zone for the time of a lease: another control plane may take the name. */
  silent: boolean;
  /** Of the entry as it was last seen; a write that finds another one has lost. */
  revision: number;
  /** It is about to be written. */
  renewing: boolean;
  cancel: Cancel;
}

interface Held {
  readonly identity: string;
  readonly instance: string;
}

/** What came of asking for a name. */
export type Taken = { readonly release: () => void } | { readonly refusal: string };

const { ttlMs: TTL_MS } = BUCKETS.zoneLeases;

/** How often a zone shall give a sign of life, in milliseconds. */
export const HEARTBEAT_MS = 1_000;

/** A timer that comes so late says that this process was busy, not that a zone was silent. */
const LATE_MS = 250;

/**
 * Who bears a zone's name while it is connected. A control plane of Weft says who it is; another one under the same name is
 * refused while that one lives, whichever replica of the global control plane it asks. Stock zones do not say who they are:
 * they are only kept from a name that a zone of Weft holds. Silence alone ends no stream: a zone that was busy goes on.
 */
export class ZoneLeases {
  readonly #options: ZoneLeasesOptions;
  readonly #bucket: Bucket;
  readonly #leases = new Map<string, Lease>();
  /** By zone, the end of what was asked last. */
  readonly #turns = new Map<string, Promise<void>>();

  private constructor(options: ZoneLeasesOptions, bucket: Bucket) {
    this.#options = options;
    this.#bucket = bucket;
  }

  static async start(options: ZoneLeasesOptions): Promise<ZoneLeases> {
    return new ZoneLeases(options, await options.bus.bucket(BUCKETS.zoneLeases.name, BUCKETS.zoneLeases));
  }

  /** Takes the name for one more stream; gives the way to give it up, or why it cannot be had. Throws what the bus throws. */
  take(zone: string, identity: string | undefined): Promise<Taken> {
    return this.#inTurn(zone, async () => {
      const here = this.#leases.get(zone);
      if (here !== undefined && here.identity === identity) return this.#hold(zone, here);
      if (here?.silent === false) return refusedFor(zone);
      const revision = await this.#claim(zone, identity);
      if (revision === 'held') return refusedFor(zone);
      if (here !== undefined) this.#lose(zone, here);
      if (identity === undefined) return { release: () => undefined };
      const lease: Lease = { identity, holders: 0, silent: false, revision, renewing: false, cancel: () => undefined };
      this.#leases.set(zone, lease);
      return this.#hold(zone, lease);
    });
  }

  /** The zone lives. Never throws. */
  async beat(zone: string, identity: string | undefined): Promise<void> {
    const lease = this.#leases.get(zone);
    if (lease === undefined || lease.identity !== identity) return;
    if (!lease.silent) this.#arm(zone, lease);
    if (lease.renewing) return;
    lease.renewing = true;
    await this.#inTurn(zone, () => this.#renew(zone, lease));
    lease.renewing = false;
  }

  close(): void {
    for (const lease of this.#leases.values()) lease.cancel();
    this.#leases.clear();
  }

  #arm(zone: string, lease: Lease): void {
    const { clock, onSilent } = this.#options;
    lease.cancel();
    const due = clock.now() + TTL_MS;
    lease.cancel = clock.after(TTL_MS, () => {
      if (this.#leases.get(zone) !== lease) return;
      if (clock.now() > due + LATE_MS) return this.#arm(zone, lease);
      lease.silent = true;
      onSilent(zone, true);
    });
  }

  /** Of what is asked for one name, one after another. */
  #inTurn<T>(zone: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(zone) ?? Promise.resolve()).then(act);
    const over = turn.then(() => undefined, () => undefined).then(() => {
      if (this.#turns.get(zone) === over) this.#turns.delete(zone);
    });
    this.#turns.set(zone, over);
    return turn;
  }

  /** Writes the name into the bucket where nobody else has it; gives the revision. A control plane that does not say who it is only looks. */
  async #claim(zone: string, identity: string | undefined): Promise<number | 'held'> {
    const { value, revision } = await this.#bucket.entry(bucketKey(zone));
    if (value !== undefined && !this.#mayReplace(zone, value as unknown as Held, identity)) return 'held';
    if (identity === undefined) return revision;
    return (await this.#write(zone, identity, revision)) ?? this.#claim(zone, identity);
  }

  #mayReplace(zone: string, { identity: holder, instance }: Held, identity: string | undefined): boolean {
    return holder === identity || (instance === this.#options.instance && this.#leases.get(zone)?.silent === true);
  }

  #hold(zone: string, lease: Lease): Taken {
    lease.holders++;
    return { release: () => this.#release(zone, lease) };
  }

  async #renew(zone: string, lease: Lease): Promise<void> {
    if (this.#leases.get(zone) !== lease) return;
    try {
      // Another replica may serve the same zone, or the entry have run out: then it is claimed anew.
      const revision = (await this.#write(zone, lease.identity, lease.revision)) ?? (await this.#claim(zone, lease.identity));
      if (this.#leases.get(zone) !== lease) return;
      if (revision === 'held') return this.#lose(zone, lease);
      lease.revision = revision;
    } catch {
      // While the bus is away nobody else can take the name either.
    }
    if (!lease.silent || this.#leases.get(zone) !== lease) return;
    lease.silent = false;
    this.#arm(zone, lease);
    this.#options.onSilent(zone, false);
  }

  #lose(zone: string, lease: Lease): void {
    lease.cancel();
    this.#leases.delete(zone);
    this.#options.onTaken(zone);
  }

  #release(zone: string, lease: Lease): void {
    lease.holders--;
    if (lease.holders > 0 || this.#leases.get(zone) !== lease) return;
    lease.cancel();
    this.#leases.delete(zone);
    // Who waits for the name need not wait for the lease to run out. Where somebody has it already, it stays.
    void this.#inTurn(zone, () => this.#bucket.delete(bucketKey(zone), lease.revision)).catch(() => undefined);
  }

  /** Nothing where another one was first. */
  async #write(zone: string, identity: string, expectRevision: number): Promise<number | undefined> {
    try {
      return await this.#bucket.put(bucketKey(zone), { identity, instance: this.#options.instance }, expectRevision);
    } catch (caught) {
      if (MeshError.from(caught).code !== 'store/conflict') throw caught;
      return undefined;
    }
  }
}

function refusedFor(zone: string): Taken {
  return { refusal: `zone "${zone}" is connected from another control plane: stop that one, or give this one another name (multizone.zone.name)` };
}
