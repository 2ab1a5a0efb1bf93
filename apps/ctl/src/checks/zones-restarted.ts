import { ageOf } from '../age.ts';
import { isRecent } from '../zones/zone-records.ts';
import { zonesOf, type PlaneCheck } from './check.ts';

/** A sync that has stopped moving is started anew by itself; one that does so again and again has a cause. */
export const zonesRestarted: PlaneCheck = {
  id: 'WEFT-ZONE-009',
  group: 'Zones',
  title: 'no sync has stopped moving lately',
  applies: (facts) => zonesOf(facts) !== undefined,
  run: (facts) => (zonesOf(facts) ?? []).flatMap(({ name, incidents }) => incidents.filter((one) => one.kind === 'stalled' && isRecent(one, facts.nowMs)).map(({ time, reason, count }) => ({
    severity: 'warning' as const,
    message: `the sync with zone "${name}" had stopped moving ${ageOf(time, facts.nowMs)} ago (${count === 1 ? 'once' : `${count} times`}) and was started anew: ${reason}`,
    hint: 'where it goes on, nothing is to be done; where it comes again, look at the network between the control planes, and at the store of the side that does not answer',
  }))),
};
