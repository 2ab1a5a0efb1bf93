import { ageOf } from '../age.ts';
import { inWords } from '../zones/zone-troubles.ts';
import { zonesOf, type PlaneCheck } from './check.ts';

/** What a zone refuses blocks nothing else, and does not hold there. */
export const zonesRefusing: PlaneCheck = {
  id: 'WEFT-ZONE-003',
  group: 'Zones',
  title: 'no zone refuses what it is sent',
  applies: (facts) => zonesOf(facts) !== undefined,
  run: (facts) => (zonesOf(facts) ?? []).flatMap(({ name, nacks }) => nacks.map((nack) => ({
    severity: 'error' as const, message: `zone "${name}" has refused ${inWords(nack)} for ${ageOf(nack.time, facts.nowMs)}: ${nack.message}`, hint: 'correct or delete the resource; the zone keeps what it had before',
  }))),
};
