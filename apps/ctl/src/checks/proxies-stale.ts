import type { PlaneCheck } from './check.ts';

/** Longer than any proxy takes to answer. */
const PATIENCE_MS = 60_000;

/** A proxy that does not answer is overloaded or stuck. */
export const proxiesStale: PlaneCheck = {
  id: 'WEFT-DP-003',
  group: 'Proxies',
  title: 'every connected proxy answers',
  run: ({ syncs, nowMs }) => syncs.filter(({ state }) => state !== 'OFFLINE').flatMap(({ mesh, name, types }) => Object.entries(types).flatMap(([type, { state, since }]) => (state !== 'STALE' || nowMs - Date.parse(since) < PATIENCE_MS ? [] : [{
    severity: 'warning' as const, message: `${mesh}/${name} has not answered the ${type.toUpperCase()} response of ${since}`, hint: 'see whether the machine is short of CPU or memory, or restart that weft-dp',
  }]))),
};
