import { ask, REQUESTS, type AppWrite, type Bus } from '@weft/bus';
import { MeshError, type Clock } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';

/** A holder that died is succeeded after this long at most. */
const LEASE_TTL_MS = 6_000;

/** Who writes, and under which lease. */
export interface LeasedWriterOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Name of the lease; one replica holds it at a time. */
  readonly lease: string;
  readonly app: string;
  readonly instance: string;
}

/** Writes to the store through the bus under a lease whose token fences each write: what must be done by one replica only. */
export class LeasedWriter {
  readonly #options: LeasedWriterOptions;
  #grant: { readonly token: number; readonly askAgainAt: number } | undefined;

  constructor(options: LeasedWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes all or nothing; undefined while another replica holds the lease. Throws `store/conflict` where an expectation
   * fails, `store/fenced` where the lease was lost meanwhile (the next write asks for it again), or what the bus throws.
   */
  async write(writes: AppWrite['writes']): Promise<readonly Resource[] | undefined> {
    const { app, bus, instance, lease } = this.#options;
    const token = await this.#token();
    if (token === undefined) return undefined;
    try {
      return (await ask(bus, REQUESTS.storeWrite, { writes, fence: { lease, token }, writer: `${app}/${instance}` })).resources;
    } catch (caught) {
      const error = MeshError.from(caught);
      if (error.code === 'store/fenced') this.#grant = undefined;
      throw error;
    }
  }

  /** Gives the lease up, so that another replica need not wait for it to run out. A bus that is away is no obstacle. */
  async release(): Promise<void> {
    if (this.#grant === undefined) return;
    this.#grant = undefined;
    const { bus, instance, lease } = this.#options;
    await ask(bus, REQUESTS.leaseRelease, { lease, holder: instance }, { deadlineMs: 1000 }).catch(() => undefined);
  }

  async #token(): Promise<number | undefined> {
    const { bus, clock, instance, lease } = this.#options;
    // By this clock alone: the store's may be minutes away.
    const asked = clock.now();
    if (this.#grant !== undefined && this.#grant.askAgainAt > asked) return this.#grant.token;
    const given = await ask(bus, REQUESTS.leaseAcquire, { lease, holder: instance, ttlMs: LEASE_TTL_MS });
    this.#grant = given === null ? undefined : { token: given.token, askAgainAt: asked + LEASE_TTL_MS / 2 };
    return this.#grant?.token;
  }
}
