import type { ZoneState } from '../zones/zone-state.ts';
import type { PlaneCheck } from './check.ts';

const STREAMS = ['globalToZone', 'zoneToGlobal'];
/** The longest interval of health checks, and some. */
const SILENT_MS = 6 * 60_000;

/** A zone that is connected sends and gets resources on two streams, and gives signs of life. */
export const zonesStuck: PlaneCheck = {
  id: 'WEFT-ZONE-004',
  group: 'Zones',
  title: 'the sync with every zone moves',
  applies: ({ multizone }) => multizone !== undefined,
  run: ({ multizone, nowMs }) => (multizone?.zones ?? []).flatMap((zone) => faultsOf(zone, nowMs).map((fault) => ({
    severity: 'error' as const, message: `zone "${zone.name}" is connected, but ${fault}`, hint: 'look for its name in the logs of both control planes; both say what was due, and begin anew by themselves',
  }))),
};

function faultsOf({ isConnected, streams, healthTime }: ZoneState, nowMs: number): readonly string[] {
  if (!isConnected) return [];
  const missing = streams === undefined ? [] : STREAMS.filter((name) => !streams.includes(name));
  const isSilent = healthTime !== undefined && nowMs - Date.parse(healthTime) > SILENT_MS;
  return [...(missing.length > 0 ? [`has no stream ${missing.join(' and ')}`] : []), ...(isSilent ? [`has checked its health last at ${healthTime}`] : [])];
}
