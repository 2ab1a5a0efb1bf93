import { ageOf } from '../age.ts';
import { isRecent } from '../zones/zone-records.ts';
import type { PlaneCheck } from './check.ts';

/** Who was not let in: with a bad token, or under the name of a zone that is connected. */
export const zonesTurnedAway: PlaneCheck = {
  id: 'WEFT-ZONE-010',
  group: 'Zones',
  title: 'no control plane was turned away lately',
  applies: ({ multizone }) => multizone !== undefined,
  run: ({ multizone, nowMs }) => [...(multizone?.zones ?? []), ...(multizone?.strangers ?? [])].flatMap(({ name, incidents }) => incidents.filter((one) => one.kind === 'refused' && isRecent(one, nowMs)).map(({ time, reason }) => ({
    severity: 'warning' as const,
    message: `a control plane that calls itself zone "${name}" was refused ${ageOf(time, nowMs)} ago: ${reason}`,
    hint: `two control planes must not bear one name (multizone.zone.name); a token is made with: weftctl generate zone-token --zone ${name} --scope cp`,
  }))),
};
