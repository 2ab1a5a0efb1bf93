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

/** Starts an ingress of a zone, and waits until it is ready; gives where it listens. `advertised`: where other zones enter, if elsewhere. */
export async function startIngress(zones: TestZones, { zone, name, address, port, advertised }: ZoneProxyPlace & { readonly port?: number; readonly advertised?: Endpoint }): Promise<Endpoint & { readonly proxy: TestProxy }> {
  const [own = 0] = port === undefined ? await freePorts(1) : [port];
  const proxy = await zones.zone(zone).plane.startProxy({
    name, zoneProxy: 'ingress', networking: { address, port: own, advertisedAddress: advertised?.host ?? address, advertisedPort: advertised?.port ?? own },
    token: await zones.global.api.issueToken('zone', { zone, scope: ['ingress'], validFor: '1h' }),
  });
  return { host: address, port: own, proxy };
}

/** Starts an egress of a zone, and waits until it is ready. `port`: that of one which was there before. */
export async function startEgress(zones: TestZones, { zone, name, address, port }: ZoneProxyPlace & { readonly port?: number }): Promise<Endpoint & { readonly proxy: TestProxy }> {
  const [own = 0] = port === undefined ? await freePorts(1) : [port];
  const proxy = await zones.zone(zone).plane.startProxy({
    name, zoneProxy: 'egress', networking: { address, port: own },
    token: await zones.global.api.issueToken('zone', { zone, scope: ['egress'], validFor: '1h' }),
  });
  return { host: address, port: own, proxy };
}
