import type { Cancel, Clock } from '@weft/kernel';
import type { LeaseGrant } from './resource-store.ts';

/** Settings of {@link holdLease}. */
export interface HoldLeaseOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** Takes or prolongs the lease, directly at a store or by a request; undefined while another holds it. */
  readonly acquire: () => Promise<LeaseGrant | undefined>;
  readonly release: () => Promise<void>;
  /** The lease is held from now on. `held()` turns false once it may have passed to another. */
  readonly onHeld: (token: number, held: () => boolean) => void;
  readonly onLost: () => void;
  /** An attempt failed; it is repeated. */
  readonly onError?: (caught: unknown) => void;
}

/** A lease that is being held, or waited for. */
export interface HeldLease {
  /** Gives it up. `onLost` is not called. */
  close(): Promise<void>;
}

/** Waits for a lease, prolongs it every third of its time to live, and waits again after losing it. */
export function holdLease(options: HoldLeaseOptions): HeldLease {
  return new LeaseHolder(options);
}

class LeaseHolder implements HeldLease {
  readonly #options: HoldLeaseOptions;
  #token: number | undefined;
  /** By this process's clock, counted from before the request: never later than the store's view. */
  #heldUntil = 0;
  #cancel: Cancel = () => undefined;
  #closed = false;
  #attempt: Promise<void>;

  constructor(options: HoldLeaseOptions) {
    this.#options = options;
    this.#attempt = this.#renew();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#attempt;
    if (this.#token !== undefined) await this.#options.release().catch((caught: unknown) => this.#options.onError?.(caught));
    this.#token = undefined;
  }

  async #renew(): Promise<void> {
    const { acquire, clock, onError, ttlMs } = this.#options;
    const asked = clock.now();
    try {
      const grant = await acquire();
      if (grant === undefined) this.#lose();
      else this.#hold(grant.token, asked + ttlMs);
    } catch (caught) {
      onError?.(caught);
      if (clock.now() >= this.#heldUntil) this.#lose();
    }
    if (this.#closed) return;
    this.#cancel = clock.after(ttlMs / 3, () => {
      this.#attempt = this.#renew();
    });
  }

  #hold(token: number, until: number): void {
    this.#heldUntil = until;
    if (token === this.#token || this.#closed) return;
    this.#lose();
    this.#token = token;
    this.#options.onHeld(token, () => this.#token === token && this.#options.clock.now() < this.#heldUntil);
  }

  #lose(): void {
    if (this.#token === undefined) return;
    this.#token = undefined;
    this.#options.onLost();
  }
}
