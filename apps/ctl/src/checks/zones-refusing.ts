import { ageOf } from '../age.ts';
import type { PlaneCheck } from './check.ts';

/** What a zone refuses blocks nothing else, and does not hold there. */
export const zonesRefusing: PlaneCheck = {
  id: 'WEFT-ZONE-003',
  group: 'Zones',
  title: 'no zone refuses what it is sent',
  applies: ({ multizone }) => multizone !== undefined,
  run: ({ multizone, nowMs }) => (multizone?.zones ?? []).flatMap(({ name, nacks }) => nacks.map(({ type, time, message }) => ({
    severity: 'error' as const, message: `zone "${name}" has refused ${type} for ${ageOf(time, nowMs)}: ${message}`, hint: 'correct or delete the resource; the zone keeps what it had before',
  }))),
};
