import type { Shop } from '../platform/shop.ts';
import { ALLOWED, firstOf, FORBIDDEN, type Workload } from '../shop/topology.ts';

/** Name of the handshake counter of the clusters of a service: its own and those of its subsets. */
export function handshakeStat(service: Workload): string {
  return `^cluster\\.${service}(-[0-9a-f]+)?\\.ssl\\.handshake$`;
}

/** Asks the first instance of each caller how many TLS handshakes its Envoy made towards each target. An Envoy that does not answer counts none. */
export async function readHandshakes(shop: Shop): Promise<ReadonlyMap<string, number>> {
  const pairs = [...ALLOWED, ...FORBIDDEN];
  const counts = await Promise.all(pairs.map(([from, to]) => shop.envoy(firstOf(from)).sum(handshakeStat(to)).catch(() => 0)));
  return new Map(pairs.map(([from, to], at) => [`${from} ${to}`, counts[at] ?? 0]));
}
