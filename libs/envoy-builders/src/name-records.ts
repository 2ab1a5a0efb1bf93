import { HashedPrefix, runSteps } from '@weft/kernel';
import type { NameView } from '@weft/proxy-view';

/** Records that are made in one step: some 5 ms, as they are hashed. */
const RECORDS_PER_STEP = 400;

/** One name with its addresses as they are answered. */
export interface NameRecord {
  readonly name: string;
  readonly ips: readonly string[];
}

/** A table of names, ready for every proxy that gets it: what differs between proxies comes after the records. */
export class NameRecords {
  readonly list: readonly NameRecord[];
  /** Equal keys mean equal records. */
  readonly key: string;
  readonly #json: string;
  readonly #hash: HashedPrefix;

  private constructor(list: readonly NameRecord[], json: string, hash: HashedPrefix) {
    this.list = list;
    this.#json = json;
    this.#hash = hash;
    this.key = hash.hexWith('');
  }

  /** Makes the records in steps. With `ipv6`, each IPv4 address is also answered in its mapped form: 240.0.0.1 as ::ffff:f000:1. */
  static* steps(names: readonly NameView[], ipv6: boolean): Generator<void, NameRecords> {
    const hash = new HashedPrefix();
    const list: NameRecord[] = [];
    const parts: string[] = [];
    const append = (text: string): void => { hash.append(text); parts.push(text); };
    append('{"records":[');
    for (let start = 0; start < names.length; start += RECORDS_PER_STEP) {
      const records = names.slice(start, start + RECORDS_PER_STEP).map(({ name, addresses }) => ({ name, ips: ipv6 ? withMapped(addresses) : addresses }));
      list.push(...records);
      append((start === 0 ? '' : ',') + records.map((record) => JSON.stringify(record)).join(','));
      yield;
    }
    append(']');
    return new NameRecords(list, parts.join(''), hash);
  }

  /** The same in one go. */
  static of(names: readonly NameView[], ipv6: boolean): NameRecords {
    return runSteps(NameRecords.steps(names, ipv6));
  }

  /** A JSON object of the records and further fields, with the SHA-256 of the whole. */
  document(fields: Readonly<Record<string, unknown>>): { readonly body: string; readonly etag: string } {
    const rest = `,${JSON.stringify(fields).slice(1)}`;
    return { body: this.#json + rest, etag: this.#hash.hexWith(rest) };
  }
}

function withMapped(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => (address.includes(':') ? [address] : [address, mapped(address)]));
}

function mapped(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
