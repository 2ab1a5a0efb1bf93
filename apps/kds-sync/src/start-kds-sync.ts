import type { AppPorts, RunningApp } from '@weft/service-runtime';
import type { KdsSyncConfig } from './kds-sync-config.ts';
import { startGlobalSide } from './global/start-global-side.ts';
import { startZoneSide } from './zone/start-zone-side.ts';

/** What kds-sync is given. */
export type KdsSyncPorts = AppPorts<KdsSyncConfig>;

/** Starts the side of the sync that this control plane has: serving zones, following a global control plane, or neither. */
export async function startKdsSync(ports: KdsSyncPorts): Promise<RunningApp> {
  const { mode, multizone: { zone } } = ports.config;
  if (mode === 'global') return startGlobalSide(ports);
  if (zone.globalAddress !== '') return startZoneSide(ports);
  return { name: 'kds-sync', isReady: () => true, ready: Promise.resolve(), addresses: {}, close: () => Promise.resolve() };
}
