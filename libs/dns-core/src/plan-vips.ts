import { allocateVip, type VipPool } from './vip-pool.ts';

/** A virtual address and the name that it belongs to. */
export interface Vip {
  readonly address: string;
  readonly hostname: string;
  /** Value of `kuma.io/service`, across meshes. */
  readonly service?: string;
}

/** What the plan is made from. */
export interface VipState {
  readonly pool: VipPool;
  /** Suffix of host names, e.g. `mesh`. */
  readonly domain: string;
  /** Services that some dataplane of some mesh offers. */
  readonly services: ReadonlySet<string>;
  /** What is allocated now. */
  readonly vips: readonly Vip[];
  /** When each service that is allocated and no longer offered was last offered; milliseconds. */
  readonly goneSince: ReadonlyMap<string, number>;
}

/** What to write. */
export interface VipPlan {
  readonly create: readonly Vip[];
  readonly release: readonly Vip[];
}

/** The host name of a service. */
export function serviceHostname(service: string, domain: string): string {
  return `${service}.${domain}`;
}

/**
 * An address for each service that has none, and the release of those whose service has been gone for `graceMs` at
 * `now`. Addresses that exist never change. A service keeps no second address: the higher one is released.
 */
export function planVips(state: VipState, now: number, graceMs: number): VipPlan {
  const taken = new Set(state.vips.map(({ address }) => address));
  const owned = new Set(state.vips.map(({ service }) => service));
  const create: Vip[] = [];
  for (const service of [...state.services].sort()) {
    if (owned.has(service)) continue;
    const address = allocateVip(state.pool, service, taken);
    if (address === undefined) continue;
    taken.add(address);
    create.push({ address, hostname: serviceHostname(service, state.domain), service });
  }
  const release = state.vips.filter(({ service }) => {
    const since = service === undefined || state.services.has(service) ? undefined : state.goneSince.get(service);
    return since !== undefined && now >= since + graceMs;
  });
  return { create, release: [...release, ...doubles(state.vips)] };
}

function doubles(vips: readonly Vip[]): Vip[] {
  const seen = new Set<string>();
  return [...vips].sort((a, b) => (a.address < b.address ? -1 : 1)).filter(({ service }) => {
    if (service === undefined) return false;
    const repeated = seen.has(service);
    seen.add(service);
    return repeated;
  });
}
