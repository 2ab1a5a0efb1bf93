import { compareText } from '@weft/kernel';
import { allocateVip, type VipPool } from './vip-pool.ts';

/** A virtual address and the name that it belongs to. */
export interface Vip {
  readonly address: string;
  readonly hostname: string;
  /** Value of `kuma.io/service`, where the name is that of a service by tag. */
  readonly service?: string;
}

/** An address to take back, if nobody changed it since. */
export interface ReleasedVip extends Vip {
  readonly version: number | undefined;
}

/** What to write. */
export interface VipPlan {
  readonly create: readonly Vip[];
  readonly release: readonly ReleasedVip[];
  /** Why some names get no address; undefined where all do. */
  readonly refusal: string | undefined;
}

/** Who an address belongs to: a name, or a resource whose status carries it. */
export interface AddressOwner {
  /** Empty for resources. */
  readonly hostname: string;
  readonly service?: string;
  /** Version of the resource that says so. */
  readonly version?: number;
}

/** What a ledger hands out, and when it takes an address back. */
export interface LedgerOptions {
  readonly pool: VipPool;
  /** How long an address outlives the last that wanted its name, in milliseconds. */
  readonly graceMs: number;
}

/**
 * Who has which address, who wants one, and what is to be written so that the two agree. Addresses that exist never
 * change; a name keeps one address, the lowest. Work is in proportion to the names that changed.
 */
export class VipLedger {
  readonly #options: LedgerOptions;
  readonly #owners = new Map<string, AddressOwner>();
  readonly #addresses = new Map<string, Set<string>>();
  readonly #wanted = new Map<string, string | undefined>();
  /** Names with an address that nobody wants, and since when. */
  readonly #idle = new Map<string, number>();
  readonly #due = new Set<string>();
  /** Names that found the pool full. */
  readonly #refused = new Set<string>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** How many names have an address, or want one. */
  get size(): number {
    return new Set([...this.#addresses.keys(), ...this.#wanted.keys()]).size;
  }

  /** From now on this name is wanted. */
  want(hostname: string, service: string | undefined): void {
    this.#wanted.set(hostname, service);
    this.#idle.delete(hostname);
    if (this.#addresses.get(hostname)?.size !== 1) this.#due.add(hostname);
  }

  /** Nobody wants this name any more, since `now` (milliseconds). */
  unwant(hostname: string, now: number): void {
    this.#wanted.delete(hostname);
    this.#due.delete(hostname);
    this.#refused.delete(hostname);
    if (this.#addresses.has(hostname)) this.#idle.set(hostname, now);
  }

  /** An address has this owner: the store says so. */
  put(address: string, owner: AddressOwner, now: number): void {
    if (this.#owners.has(address)) this.remove(address);
    this.#owners.set(address, owner);
    const { hostname } = owner;
    if (hostname === '') return;
    const own = this.#addresses.get(hostname) ?? new Set();
    this.#addresses.set(hostname, own.add(address));
    if (!this.#wanted.has(hostname) && !this.#idle.has(hostname)) this.#idle.set(hostname, now);
    if (own.size > 1) this.#due.add(hostname);
    else this.#due.delete(hostname);
  }

  /** Nobody has this address any more. */
  remove(address: string): void {
    const hostname = this.#owners.get(address)?.hostname ?? '';
    if (!this.#owners.delete(address)) return;
    for (const name of this.#refused) this.#due.add(name);
    this.#refused.clear();
    const own = this.#addresses.get(hostname);
    own?.delete(address);
    if (own?.size === 0) this.#addresses.delete(hostname);
    if (own === undefined) return;
    if (this.#wanted.has(hostname)) this.want(hostname, this.#wanted.get(hostname));
    else if (own.size === 0) this.#idle.delete(hostname);
  }

  /** Addresses that have an owner. */
  get addresses(): Iterable<string> {
    return this.#owners.keys();
  }

  /** Addresses of a name; more than one only until the next plan was written. */
  addressesOf(hostname: string): readonly string[] {
    return [...(this.#addresses.get(hostname) ?? [])];
  }

  /** What is to be written for at most `limit` names. Nothing changes here until the writes are told by `put` and `remove`. */
  plan(now: number, limit: number): VipPlan {
    const create: Vip[] = [];
    const release = this.#expired(now).slice(0, limit);
    const planned = new Set<string>();
    const taken = { has: (address: string) => this.#owners.has(address) || planned.has(address) };
    let refusal: string | undefined;
    for (const hostname of [...this.#due].sort(compareText).slice(0, limit)) {
      const extra = [...this.addressesOf(hostname)].sort(compareText).slice(1);
      release.push(...extra.map((address) => this.#released(address, hostname)));
      if (this.#addresses.has(hostname) || !this.#wanted.has(hostname)) continue;
      const address = allocateVip(this.#options.pool, hostname, { ...taken, size: this.#owners.size + planned.size });
      if (address.ok) {
        planned.add(address.value);
        create.push(this.#vip(address.value, hostname));
      } else {
        refusal = address.error;
        this.#due.delete(hostname);
        this.#refused.add(hostname);
      }
    }
    return { create, release, refusal };
  }

  /** When the next address is to be taken back; undefined where none waits for that. */
  get nextRelease(): number | undefined {
    return this.#idle.size === 0 ? undefined : [...this.#idle.values()].reduce((a, b) => Math.min(a, b)) + this.#options.graceMs;
  }

  #expired(now: number): ReleasedVip[] {
    return [...this.#idle].filter(([, since]) => now >= since + this.#options.graceMs)
      .flatMap(([hostname]) => this.addressesOf(hostname).map((address) => this.#released(address, hostname)));
  }

  #released(address: string, hostname: string): ReleasedVip {
    return { ...this.#vip(address, hostname), version: this.#owners.get(address)?.version };
  }

  #vip(address: string, hostname: string): Vip {
    const service = this.#wanted.get(hostname) ?? this.#owners.get(address)?.service;
    return { address, hostname, ...(service !== undefined && { service }) };
  }
}
