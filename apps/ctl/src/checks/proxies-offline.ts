import type { PlaneCheck } from './check.ts';

/** A proxy that is not connected keeps its last configuration, and hears of no change. */
export const proxiesOffline: PlaneCheck = {
  id: 'WEFT-DP-001',
  group: 'Proxies',
  title: 'every proxy is connected',
  run: ({ dataplanes, syncs }) => {
    const online = new Set(syncs.filter(({ state }) => state !== 'OFFLINE').map(({ mesh, name }) => `${mesh}/${name}`));
    return dataplanes.map((dataplane) => `${String(dataplane['mesh'])}/${String(dataplane['name'])}`).filter((id) => !online.has(id)).map((id) => ({
      severity: 'warning', message: `${id} is not connected`, hint: 'look at the output of its weft-dp; a Dataplane that is no longer used can be deleted',
    }));
  },
};
