import { canonicalJson, contentHash, equalData } from '@weft/kernel';
import type { DnsView, NameView } from '@weft/proxy-view';
import type { NamesGenerator } from './generator.ts';
import { EMPTY_LAYER, finishLayer, type FinishedLayer } from './layer.ts';
import type { ResourceFactory } from './resource-factory.ts';

const NOTHING: FinishedLayer = { layer: EMPTY_LAYER, good: new Map(), problems: [] };

/** The names of a group and what is made of them: once for each way of answering them, however many proxies answer so. */
export class NamesState {
  #names: readonly NameView[] = [];
  #key = contentHash('');
  #current = new Map<string, FinishedLayer>();
  #previous: ReadonlyMap<string, FinishedLayer> = new Map();

  /** Takes the names of a group that was made anew; nothing happens where they are the same. */
  set(names: readonly NameView[]): void {
    if (equalData(names, this.#names)) return;
    this.#names = names;
    this.#key = contentHash(canonicalJson(names));
    this.#previous = this.#current;
    this.#current = new Map();
  }

  /** The layer for proxies that answer like this; the same object until the names change. */
  layer(dns: DnsView | undefined, generator: NamesGenerator | undefined, factory: ResourceFactory): FinishedLayer {
    if (dns === undefined || generator === undefined) return NOTHING;
    const way = canonicalJson(dns);
    const known = this.#current.get(way);
    if (known !== undefined) return known;
    const made = finishLayer([factory.build(generator.unit(this.#names, this.#key, dns))], this.#previous.get(way)?.good ?? new Map(), () => false);
    this.#current.set(way, made);
    return made;
  }
}
