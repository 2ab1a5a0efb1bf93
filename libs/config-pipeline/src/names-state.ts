import { NameRecords } from '@weft/envoy-builders';
import { canonicalJson, equalData } from '@weft/kernel';
import type { DnsView, NameView } from '@weft/proxy-view';
import type { NamesGenerator } from './generator.ts';
import { EMPTY_LAYER, finishLayer, type FinishedLayer } from './layer.ts';
import type { ResourceFactory } from './resource-factory.ts';

const NOTHING: FinishedLayer = { layer: EMPTY_LAYER, good: new Map(), problems: [] };

/** The names of a group as records, with IPv6 and without: made when somebody answers them so. */
export interface NameTable {
  readonly names: readonly NameView[];
  readonly records: Map<boolean, NameRecords>;
}

/** The names of a group and what is made of them: once for each way of answering them, however many proxies answer so. */
export class NamesState {
  #table: NameTable = { names: [], records: new Map() };
  #current = new Map<string, FinishedLayer>();
  #previous: ReadonlyMap<string, FinishedLayer> = new Map();

  /** Makes a table in steps, in the forms in which the present one is used; where the names are the same, that one again. */
  * steps(names: readonly NameView[]): Generator<void, NameTable> {
    if (equalData(names, this.#table.names)) return this.#table;
    const records = new Map<boolean, NameRecords>();
    for (const ipv6 of this.#table.records.keys()) records.set(ipv6, yield* NameRecords.steps(names, ipv6));
    return { names, records };
  }

  /** From now on, this is the table. */
  set(table: NameTable): void {
    if (table === this.#table) return;
    this.#table = table;
    this.#previous = this.#current;
    this.#current = new Map();
  }

  /** The layer for proxies that answer like this; the same object until the names change. */
  layer(dns: DnsView | undefined, generator: NamesGenerator | undefined, factory: ResourceFactory): FinishedLayer {
    if (dns === undefined || generator === undefined) return NOTHING;
    const way = canonicalJson(dns);
    const known = this.#current.get(way);
    if (known !== undefined) return known;
    const made = finishLayer([factory.build(generator.unit(this.#records(dns.ipv6), dns))], this.#previous.get(way)?.good ?? new Map(), () => false);
    this.#current.set(way, made);
    return made;
  }

  #records(ipv6: boolean): NameRecords {
    const { names, records } = this.#table;
    const known = records.get(ipv6) ?? NameRecords.of(names, ipv6);
    records.set(ipv6, known);
    return known;
  }
}
