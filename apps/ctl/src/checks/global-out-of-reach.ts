import { ageOf } from '../age.ts';
import { lastFailure } from '../zones/zone-troubles.ts';
import { wordAt, type PlaneCheck } from './check.ts';

/** A zone that does not reach its global control plane goes on with what it has. */
export const globalOutOfReach: PlaneCheck = {
  id: 'WEFT-ZONE-007',
  group: 'Zones',
  title: 'this zone is synced with its global control plane',
  applies: ({ ownZone }) => ownZone !== undefined,
  run: ({ ownZone, config, nowMs }) => {
    if (ownZone === undefined || ownZone.isConnected) return [];
    const since = ownZone.since === undefined ? '' : ` for ${ageOf(ownZone.since, nowMs)}`;
    const why = lastFailure(ownZone);
    return [{ severity: 'error', message: `zone "${ownZone.name}" has not been synced with ${wordAt(config, ['multizone', 'zone', 'globalAddress'], 'its global control plane')}${since}: changes of policies do not come, and others do not see changes here${why === undefined ? '' : ` (${why})`}`, hint: 'mend what stands there: an address that is not reached, a name or token that is refused, a certificate that is not trusted (docs/multi-zone.md); it tries again by itself' }];
  },
};
