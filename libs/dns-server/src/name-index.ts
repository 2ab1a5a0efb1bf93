import { canonicalName, namesUpwards } from './domain-name.ts';

/** What is known of a name. */
export type Lookup =
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly ttl: number; readonly zone: Zone }
  /** It has no addresses and there are names below it, or it is the domain itself. */
  | { readonly kind: 'empty'; readonly zone: Zone }
  /** It is in a domain of ours and does not exist. */
  | { readonly kind: 'absent'; readonly zone: Zone }
  /** It is in a domain of ours, of which nothing is known yet. */
  | { readonly kind: 'unready' }
  /** It is the world's. */
  | { readonly kind: 'elsewhere' };

/** A domain of ours. */
export interface Zone {
  readonly name: string;
  /** Seconds for which it may be remembered that a name is not there. */
  readonly negativeTtl: number;
}

/** Times in seconds. */
export interface NameIndexOptions {
  /** For which an answer may be kept. */
  readonly ttl: number;
  readonly negativeTtl: number;
}

/** Names with addresses, and the domains in which no others exist. A change costs what the depth of its name is. Pure. */
export class NameIndex {
  readonly #options: NameIndexOptions;
  readonly #addresses = new Map<string, readonly string[]>();
  /** How many names are below a name. */
  readonly #below = new Map<string, number>();
  #domains: ReadonlySet<string> = new Set();
  #isComplete = false;

  constructor(options: NameIndexOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#addresses.size;
  }

  /** Names that have been set. */
  get names(): Iterable<string> {
    return this.#addresses.keys();
  }

  /** Gives a name its addresses, IPv4 and IPv6 mixed; none is a name without addresses. */
  set(name: string, addresses: readonly string[]): void {
    const canonical = canonicalName(name);
    if (!this.#addresses.has(canonical)) this.#count(canonical, 1);
    this.#addresses.set(canonical, addresses);
  }

  delete(name: string): void {
    const canonical = canonicalName(name);
    if (this.#addresses.delete(canonical)) this.#count(canonical, -1);
  }

  /** All names are there: from now on, one that is not does not exist. Before, {@link lookup} calls it `unready`. */
  complete(): this {
    this.#isComplete = true;
    return this;
  }

  /** Replaces the domains that are ours as a whole. */
  setDomains(domains: Iterable<string>): void {
    this.#domains = new Set([...domains].map(canonicalName).filter((domain) => domain !== ''));
  }

  /** Looks a name up, written as {@link canonicalName} does. */
  lookup(name: string): Lookup {
    const domain = this.#domainOf(name);
    const addresses = this.#addresses.get(name);
    const zone = { name: domain ?? name, negativeTtl: this.#options.negativeTtl };
    if (addresses !== undefined) return { kind: 'found', addresses, ttl: this.#options.ttl, zone };
    if (domain === undefined) return { kind: 'elsewhere' };
    if (!this.#isComplete) return { kind: 'unready' };
    return { kind: name === domain || this.#below.has(name) ? 'empty' : 'absent', zone };
  }

  #domainOf(name: string): string | undefined {
    for (const candidate of namesUpwards(name)) if (this.#domains.has(candidate)) return candidate;
    return undefined;
  }

  #count(name: string, by: 1 | -1): void {
    const [, ...above] = namesUpwards(name);
    for (const parent of above) {
      const count = (this.#below.get(parent) ?? 0) + by;
      if (count === 0) this.#below.delete(parent);
      else this.#below.set(parent, count);
    }
  }
}
