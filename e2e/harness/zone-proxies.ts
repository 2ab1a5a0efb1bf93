import type { Endpoint } from './placed-workload.ts';
import { freePorts, type TestProxy } from './test-mesh.ts';
import type { TestZones } from './zones.ts';

/** Where a zone's proxy is to be. */
export interface ZoneProxyPlace {
  readonly zone: string;
  readonly name: string;
  /** On loopback. */
  readonly address: string;
}

/** Starts an ingress of a zone, and waits until it is ready; gives where other zones enter. */
export async function startIngress(zones: TestZones, { zone, name, address }: ZoneProxyPlace): Promise<Endpoint & { readonly proxy: TestProxy }> {
  const [port = 0] = await freePorts(1);
  const proxy = await zones.zone(zone).plane.startProxy({
    name, zoneProxy: 'ingress', networking: { address, port, advertisedAddress: address, advertisedPort: port },
    token: await zones.global.api.issueToken('zone', { zone, scope: ['ingress'], validFor: '1h' }),
  });
  return { host: address, port, proxy };
}
