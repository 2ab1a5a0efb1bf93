import { ageOf } from '../age.ts';
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
    return [{ severity: 'error', message: `zone "${ownZone.name}" has not been synced with ${wordAt(config, ['multizone', 'zone', 'globalAddress'], 'its global control plane')}${since}: changes of policies do not come, and others do not see changes here`, hint: 'the log of this control plane says why (not reached, name or token refused, certificate not trusted); it tries again by itself' }];
  },
};
