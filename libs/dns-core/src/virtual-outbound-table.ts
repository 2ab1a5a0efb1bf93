import { canonicalJson, compareText } from '@weft/kernel';
import { Candidates } from './virtual-candidates.ts';
import { renderVirtualOutbound, selectsTags, type Tags, type VirtualOutbound, type VirtualPort } from './virtual-outbound.ts';

/** Why a VirtualOutbound gives some service no name. */
export interface VirtualOutboundProblem {
  readonly origin: string;
  /** `kuma.io/service` of the inbounds. */
  readonly service: string;
  readonly reason: string;
}

interface TagSet {
  readonly tags: Tags;
  /** How many inbounds have exactly these tags. */
  uses: number;
  /** What each VirtualOutbound that selects it made of it. */
  readonly made: Map<string, VirtualPort | VirtualOutboundProblem>;
}

const SERVICE_TAG = 'kuma.io/service';

/**
 * The names and ports that the VirtualOutbounds of one mesh make of its inbounds. Inbounds of equal tags are looked at
 * once. A changed inbound costs as many renderings as there are VirtualOutbounds; a changed VirtualOutbound as many as
 * there are different tag sets. Whatever the order of changes, the same resources give the same table.
 */
export class VirtualOutboundTable {
  readonly #outbounds = new Map<string, VirtualOutbound>();
  readonly #sources = new Map<string, readonly Tags[]>();
  readonly #tagSets = new Map<string, TagSet>();
  readonly #candidates = new Candidates();
  readonly #problems = new Map<string, VirtualOutboundProblem & { uses: number }>();
  #revision = 0;

  /** Sets or removes a VirtualOutbound; gives the hosts whose ports changed. */
  setOutbound(name: string, outbound: VirtualOutbound | undefined): ReadonlySet<string> {
    const touched = new Set<string>();
    // Tag sets are kept only while somebody makes names of them.
    if (this.#outbounds.size === 0 && outbound !== undefined) for (const tags of this.#sources.values()) this.#count(tags, 1, touched);
    if (outbound === undefined) this.#outbounds.delete(name);
    else this.#outbounds.set(name, outbound);
    for (const set of this.#tagSets.values()) {
      this.#unmake(set, name, touched);
      if (outbound !== undefined) this.#make(set, outbound, touched);
    }
    if (this.#outbounds.size === 0) this.#tagSets.clear();
    return this.#candidates.settle(touched);
  }

  /** Sets the tags of a dataplane's inbounds; none removes it. Gives the hosts whose ports changed. */
  setSource(id: string, tagSets: readonly Tags[]): ReadonlySet<string> {
    const before = this.#sources.get(id) ?? [];
    if (tagSets.length === 0) this.#sources.delete(id);
    else this.#sources.set(id, tagSets);
    const touched = new Set<string>();
    if (this.#outbounds.size === 0) return touched;
    this.#count(tagSets, 1, touched);
    this.#count(before, -1, touched);
    return this.#candidates.settle(touched);
  }

  /** Ports by host, hosts sorted, ports ascending. */
  get ports(): readonly VirtualPort[] {
    return this.#candidates.ports;
  }

  /** Whether some port has this host. */
  has(host: string): boolean {
    return this.#candidates.has(host);
  }

  /** Whether no VirtualOutbound is known here. */
  get empty(): boolean {
    return this.#outbounds.size === 0;
  }

  /** Another number means that names or problems may be others. */
  get revision(): number {
    return this.#revision;
  }

  /** What gives no name, and why, sorted: templates that fail, and places that another VirtualOutbound has. */
  get problems(): readonly VirtualOutboundProblem[] {
    const failed = [...this.#problems.values()].map(({ origin, service, reason }) => ({ origin, service, reason }));
    const lost = this.#candidates.conflicts.map(({ loser, winner }) => ({
      origin: loser.origin, service: loser.tags[SERVICE_TAG] ?? '', reason: `${loser.host}:${loser.port} belongs to service "${winner.tags[SERVICE_TAG] ?? ''}" by VirtualOutbound "${winner.origin}"`,
    }));
    return [...failed, ...lost].sort((a, b) => compareText(problemKey(a), problemKey(b)));
  }

  #count(tagSets: readonly Tags[], by: 1 | -1, touched: Set<string>): void {
    for (const tags of tagSets) {
      const key = canonicalJson(tags);
      const known = this.#tagSets.get(key) ?? { tags, uses: 0, made: new Map<string, VirtualPort | VirtualOutboundProblem>() };
      known.uses += by;
      if (known.uses === 1 && by === 1) {
        this.#tagSets.set(key, known);
        for (const outbound of this.#outbounds.values()) this.#make(known, outbound, touched);
      }
      if (known.uses > 0) continue;
      for (const name of [...known.made.keys()]) this.#unmake(known, name, touched);
      this.#tagSets.delete(key);
    }
  }

  #make(set: TagSet, outbound: VirtualOutbound, touched: Set<string>): void {
    if (!selectsTags(outbound, set.tags)) return;
    this.#revision += 1;
    const rendered = renderVirtualOutbound(outbound, set.tags);
    if (rendered.ok) {
      set.made.set(outbound.name, rendered.value);
      touched.add(this.#candidates.add(rendered.value));
      return;
    }
    const problem = { origin: outbound.name, service: set.tags[SERVICE_TAG] ?? '', reason: rendered.error };
    set.made.set(outbound.name, problem);
    const known = this.#problems.get(problemKey(problem));
    if (known === undefined) this.#problems.set(problemKey(problem), { ...problem, uses: 1 });
    else known.uses += 1;
  }

  #unmake(set: TagSet, origin: string, touched: Set<string>): void {
    const made = set.made.get(origin);
    if (made === undefined) return;
    set.made.delete(origin);
    this.#revision += 1;
    if ('host' in made) {
      touched.add(this.#candidates.remove(made));
      return;
    }
    const known = this.#problems.get(problemKey(made));
    if (known === undefined) return;
    known.uses -= 1;
    if (known.uses === 0) this.#problems.delete(problemKey(made));
  }
}

function problemKey({ origin, service, reason }: VirtualOutboundProblem): string {
  return `${origin}\n${service}\n${reason}`;
}
