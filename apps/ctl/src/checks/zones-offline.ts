import { ageOf } from '../age.ts';
import type { PlaneCheck } from './check.ts';

/** A zone without its global control plane goes on, and hears of no policy. */
export const zonesOffline: PlaneCheck = {
  id: 'WEFT-ZONE-001',
  group: 'Zones',
  title: 'every zone is connected',
  applies: ({ multizone }) => multizone !== undefined,
  run: ({ multizone, nowMs }) => (multizone?.zones ?? []).filter(({ isConnected }) => !isConnected).map(({ name, since }) => ({
    severity: 'warning',
    message: since === undefined ? `zone "${name}" has never connected` : `zone "${name}" has not been connected for ${ageOf(since, nowMs)}`,
    hint: 'look at the log of that zone\'s control plane: it says why it is not let in, or what it cannot reach; a zone that is no longer used can be deleted',
  })),
};
