import { ageOf } from '../age.ts';
import type { ZoneState } from './zone-state.ts';

/** One sentence for each zone that is not connected: what is known of it is old. */
export function zonesAway(zones: readonly ZoneState[], nowMs: number): readonly string[] {
  return zones.filter(({ isConnected }) => !isConnected).map(({ name, since }) => (since === undefined
    ? `Zone ${name} has never connected.`
    : `Zone ${name} has been away for ${ageOf(since, nowMs)}: what is shown of its proxies is as it was then.`));
}
