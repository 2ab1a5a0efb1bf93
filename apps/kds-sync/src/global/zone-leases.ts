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
  cancel: Cancel;
}

interface Held {
  readonly identity: string;
  readonly instance: string;
}

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

  private constructor(options: ZoneLeasesOptions, bucket: Bucket) {
    this.#options = options;
    this.#bucket = bucket;
  }

  static async start(options: ZoneLeasesOptions): Promise<ZoneLeases> {
    return new ZoneLeases(options, await options.bus.bucket(BUCKETS.zoneLeases.name, BUCKETS.zoneLeases));
  }

  /** Takes the name for one more stream; gives the way to give it up, or why it cannot be had. Throws what the bus throws. */
  async take(zone: string, identity: string | undefined): Promise<{ readonly release: () => void } | { readonly refusal: string }> {
    const elsewhere = this.#leases.has(zone) ? undefined : await this.#holder(zone);
    // Another stream may have taken it while the bus was asked.
    const here = this.#leases.get(zone);
    const holder = here?.silent === false ? here.identity : elsewhere;
    if (holder !== undefined && holder !== identity) {
      return { refusal: `zone "${zone}" is connected from another control plane: stop that one, or give this one another name (multizone.zone.name)` };
    }
    if (here !== undefined && here.identity !== identity) this.#lose(zone, here);
    if (identity === undefined) return { release: () => undefined };
    const lease = this.#leases.get(zone) ?? { identity, holders: 0, silent: false, cancel: () => undefined };
    this.#leases.set(zone, lease);
    lease.holders++;
    if (lease.holders === 1) await this.#write(zone, identity);
    return { release: () => this.#release(zone, lease) };
  }

  /** The zone lives. */
  async beat(zone: string, identity: string | undefined): Promise<void> {
    const lease = this.#leases.get(zone);
    if (lease === undefined || lease.identity !== identity) return;
    if (lease.silent) {
      const holder = await this.#holder(zone);
      if (this.#leases.get(zone) !== lease) return;
      if (holder !== undefined && holder !== identity) return this.#lose(zone, lease);
      lease.silent = false;
      this.#options.onSilent(zone, false);
    }
    this.#arm(zone, lease);
    await this.#write(zone, lease.identity);
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
    // Who waits for the name need not wait for the lease to run out.
    void this.#bucket.delete(bucketKey(zone)).catch(() => undefined);
  }

  async #holder(zone: string): Promise<string | undefined> {
    const held = (await this.#bucket.get(bucketKey(zone))) as Held | undefined;
    return held?.identity;
  }

  async #write(zone: string, identity: string): Promise<void> {
    try {
      await this.#bucket.put(bucketKey(zone), { identity, instance: this.#options.instance });
    } catch (caught) {
      // While the bus is away nobody else can take the name either.
      if (!MeshError.from(caught).code.startsWith('bus/')) throw caught;
    }
  }
}
