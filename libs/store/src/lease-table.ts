import type { LeaseGrant } from './resource-store.ts';

interface Lease {
  readonly holder: string;
  readonly expiresAt: number;
}

/** Leases for stores that keep them in this process. Tokens outlive the leases, and grow with each new holder. */
export class LeaseTable {
  readonly #tokens: Map<string, number>;
  readonly #leases = new Map<string, Lease>();

  /** `tokens`: the newest token of each lease so far. */
  constructor(tokens: Iterable<readonly [string, number]> = []) {
    this.#tokens = new Map(tokens);
  }

  /** The newest token given out; 0 before the first. */
  token(lease: string): number {
    return this.#tokens.get(lease) ?? 0;
  }

  /** As `ResourceStore.acquireLease`; `now` and the answer's `expiresAt` are of one clock. */
  acquire(lease: string, holder: string, time: { readonly now: number; readonly ttlMs: number }): LeaseGrant | undefined {
    const held = this.#leases.get(lease);
    const valid = held !== undefined && held.expiresAt > time.now;
    if (valid && held.holder !== holder) return undefined;
    const token = valid ? this.token(lease) : this.token(lease) + 1;
    const expiresAt = time.now + time.ttlMs;
    this.#tokens.set(lease, token);
    this.#leases.set(lease, { holder, expiresAt });
    return { token, expiresAt };
  }

  release(lease: string, holder: string): void {
    if (this.#leases.get(lease)?.holder === holder) this.#leases.delete(lease);
  }
}
