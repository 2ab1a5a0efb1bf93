import type { PlaneCheck } from './check.ts';

/** A proxy that refuses configuration goes on with an older one. */
export const proxiesRefusing: PlaneCheck = {
  id: 'WEFT-DP-002',
  group: 'Proxies',
  title: 'no proxy refuses its configuration',
  run: ({ syncs }) => syncs.filter(({ state }) => state === 'NACK').flatMap(({ mesh, name, types }) => Object.entries(types).flatMap(([type, { state, message = '' }]) => (state !== 'NACK' ? [] : [{
    severity: 'error' as const, message: `${mesh}/${name} refuses ${type.toUpperCase()}: ${message.trim()}`, hint: `undo or correct the last change that concerns it; see weftctl describe dataplane ${name} -m ${mesh}`,
  }]))),
};
