import { startCaService } from '@weft/ca-service';
import { startDnsResolver } from '@weft/dns-resolver';
import { startGlobalStore } from '@weft/global-store';
import { startKdsSync } from '@weft/kds-sync';
import { startMonitoringAssignment } from '@weft/monitoring-assignment';
import { weftRegistry } from '@weft/policy-model';
import type { AppPorts, RunningApp } from '@weft/service-runtime';
import { startXdsServer } from '@weft/xds-server';
import { startZoneIngress } from '@weft/zone-ingress';
import type { ControlPlaneConfig } from './control-plane-config.ts';
import type { OpenedStore } from './open-store.ts';

/** What an app may be started with. */
export interface AppContext {
  readonly ports: AppPorts<ControlPlaneConfig>;
  /** Opened where an app that owns resources runs in this process. */
  readonly opened: OpenedStore | undefined;
}

/** One app of the control plane. */
export interface AppEntry {
  readonly name: string;
  /** True where it reads and writes the store itself; all others go through the bus. */
  readonly ownsStore: boolean;
  /** True where it serves proxies, of which a global control plane has none. */
  readonly zoneOnly: boolean;
  start(context: AppContext): Promise<RunningApp>;
}

/** The apps in the order in which they start; they are closed in the reverse. */
export const APPS: readonly AppEntry[] = [
  { name: 'global-store', ownsStore: true, zoneOnly: false, start: ({ ports, opened }) => startGlobalStore({ ...ports, ...required(opened), registry: weftRegistry }) },
  { name: 'ca-service', ownsStore: false, zoneOnly: false, start: ({ ports }) => startCaService(ports) },
  { name: 'kds-sync', ownsStore: false, zoneOnly: false, start: ({ ports }) => startKdsSync(ports) },
  { name: 'dns-resolver', ownsStore: false, zoneOnly: true, start: ({ ports }) => startDnsResolver(ports) },
  { name: 'zone-ingress', ownsStore: false, zoneOnly: true, start: ({ ports }) => startZoneIngress(ports) },
  { name: 'xds-server', ownsStore: false, zoneOnly: true, start: ({ ports }) => startXdsServer(ports) },
  { name: 'monitoring-assignment', ownsStore: false, zoneOnly: true, start: ({ ports }) => startMonitoringAssignment(ports) },
];

function required(opened: OpenedStore | undefined): OpenedStore {
  if (opened === undefined) throw new Error('the store was not opened for an app that owns it');
  return opened;
}
