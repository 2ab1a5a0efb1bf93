import type { EndpointSetKey } from './dirty.ts';
import type { Endpoint } from './endpoint.ts';

/** How another zone is to be used: as usual, after all others (`lowered`), or not at all (`withdrawn`); see ZoneWithdrawal. */
export type ZoneStanding = 'usual' | 'lowered' | 'withdrawn';

/**
 * What a zone contributes, by its standing. That of a withdrawn zone is not ready, so its services go on to exist here:
 * listeners and names stay, and only endpoints change.
 */
export function inStanding(contributions: ReadonlyMap<EndpointSetKey, readonly Endpoint[]>, standing: ZoneStanding): ReadonlyMap<EndpointSetKey, readonly Endpoint[]> {
  if (standing === 'usual') return contributions;
  const as: Partial<Endpoint> = standing === 'lowered' ? { lowered: true } : { ready: false };
  return new Map([...contributions].map(([key, endpoints]) => [key, endpoints.map((endpoint) => ({ ...endpoint, ...as }))]));
}
