import type { PlaneCheck } from './check.ts';

/** Releases of control planes may be two minor versions apart. */
export const zonesVersions: PlaneCheck = {
  id: 'WEFT-ZONE-002',
  group: 'Zones',
  title: 'versions of zones fit the global control plane',
  applies: ({ multizone }) => multizone !== undefined,
  run: ({ multizone }) => (multizone?.zones ?? []).filter(({ isCompatible }) => !isCompatible).map(({ name, version }) => ({
    severity: 'error', message: `the control plane of zone "${name}" is of version ${version}, which does not fit the global control plane's`, hint: 'upgrade the global control plane first, then the zones, by at most two minor versions at a time',
  })),
};
