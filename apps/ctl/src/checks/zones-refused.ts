import { ageOf } from '../age.ts';
import { inWords } from '../zones/zone-troubles.ts';
import { zonesOf, type PlaneCheck } from './check.ts';

/** What the global control plane refuses of a zone is not seen by the other zones. */
export const zonesRefused: PlaneCheck = {
  id: 'WEFT-ZONE-011',
  group: 'Zones',
  title: 'what zones make is taken by the global control plane',
  applies: (facts) => zonesOf(facts) !== undefined,
  run: (facts) => (zonesOf(facts) ?? []).flatMap(({ name, refused }) => refused.map((nack) => ({
    severity: 'error' as const,
    message: `of zone "${name}", ${inWords(nack)} has been refused for ${ageOf(nack.time, facts.nowMs)}: ${nack.message}`,
    hint: 'correct, rename or delete the resource in that zone; nothing else of the zone waits for it',
  }))),
};
