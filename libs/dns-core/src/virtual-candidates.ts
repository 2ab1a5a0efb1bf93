import { canonicalJson, compareText, equalData } from '@weft/kernel';
import type { VirtualPort } from './virtual-outbound.ts';

interface Claim {
  readonly port: VirtualPort;
  uses: number;
}

/** A place that two VirtualOutbounds want for different endpoints. */
export interface VirtualConflict {
  readonly winner: VirtualPort;
  readonly loser: VirtualPort;
}

/** Who wants which host and port, and who has it: the VirtualOutbound first by name, then the tags first in order. */
export class Candidates {
  /** By place (`host:port`), then by claim. */
  readonly #places = new Map<string, Map<string, Claim>>();
  readonly #winners = new Map<string, VirtualPort>();
  /** Places that have a winner, by host. */
  readonly #hosts = new Map<string, Set<string>>();
  #sorted: readonly VirtualPort[] | undefined;

  /** Adds one claim; gives its place, to be settled. */
  add(port: VirtualPort): string {
    const place = placeOf(port);
    const claims = this.#places.get(place) ?? new Map<string, Claim>();
    this.#places.set(place, claims);
    const key = claimKey(port);
    const known = claims.get(key);
    if (known === undefined) claims.set(key, { port, uses: 1 });
    else known.uses += 1;
    return place;
  }

  /** Takes one claim back; gives its place, to be settled. */
  remove(port: VirtualPort): string {
    const place = placeOf(port);
    const claims = this.#places.get(place);
    const known = claims?.get(claimKey(port));
    if (claims === undefined || known === undefined) return place;
    known.uses -= 1;
    if (known.uses === 0) claims.delete(claimKey(port));
    if (claims.size === 0) this.#places.delete(place);
    return place;
  }

  /** Decides who has the places; gives the hosts at which something changed. */
  settle(places: ReadonlySet<string>): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const place of places) {
      const [winner] = this.#ranked(place);
      const before = this.#winners.get(place);
      if (equalData(before, winner)) continue;
      this.#sorted = undefined;
      if (winner === undefined) this.#winners.delete(place);
      else this.#winners.set(place, winner);
      const host = winner?.host ?? before?.host ?? '';
      changed.add(host);
      const held = this.#hosts.get(host) ?? new Set<string>();
      if (winner === undefined) held.delete(place);
      else held.add(place);
      if (held.size === 0) this.#hosts.delete(host);
      else this.#hosts.set(host, held);
    }
    return changed;
  }

  has(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** Who has a place, hosts sorted, ports ascending. */
  get ports(): readonly VirtualPort[] {
    this.#sorted ??= [...this.#winners.values()].sort((a, b) => compareText(a.host, b.host) || a.port - b.port);
    return this.#sorted;
  }

  /** Claims for other endpoints than the winner's. */
  get conflicts(): readonly VirtualConflict[] {
    return [...this.#places.keys()].flatMap((place) => {
      const [winner, ...others] = this.#ranked(place);
      return winner === undefined ? [] : others.filter(({ tags }) => !equalData(tags, winner.tags)).map((loser) => ({ winner, loser }));
    });
  }

  #ranked(place: string): readonly VirtualPort[] {
    const claims = this.#places.get(place) ?? new Map<string, Claim>();
    return [...claims].sort(([a], [b]) => compareText(a, b)).map(([, { port }]) => port);
  }
}

function placeOf({ host, port }: VirtualPort): string {
  return `${host}:${port}`;
}

function claimKey({ origin, tags }: VirtualPort): string {
  return `${origin} ${canonicalJson(tags)}`;
}
