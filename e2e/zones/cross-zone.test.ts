import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet, httpMany } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, type TestProxy } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

/** `backend` is in east and, later, in west; `web` in west calls it by tag, as a MeshMultiZoneService, and the one of east by its labels. */
describe('traffic between zones', () => {
  let zones: TestZones;
  const apps: HttpApp[] = [];
  let web: TestProxy;
  let byTag: Endpoint;
  let multi: Endpoint;
  let east: Endpoint;
  let port: number;
  const ingresses = new Map<string, TestProxy>();

  const startBackend = async (zone: string, address: string): Promise<TestProxy> => {
    const [appPort = 0] = await freePorts(1);
    apps.push(await HttpApp.listen({ name: zone, host: '127.0.0.1', port: appPort }));
    return (await serve(zones.zone(zone).plane, { name: `backend-${zone}`, service: 'backend', address, port }, appPort)).proxy;
  };
  const answersOf = async (to: Endpoint, count = 40): Promise<readonly string[]> => [...new Set((await httpMany(urlOf(to), count)).map(({ status, body }) => (status === 200 ? body : String(status))))].sort();

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    await global.allowAll();
    const [backendPort = 0, own = 0, toTag = 0, toMulti = 0, toEast = 0] = await freePorts(5);
    port = backendPort;
    await global.put({ type: 'MeshMultiZoneService', name: 'backend', spec: { selector: { meshService: { matchLabels: { 'kuma.io/display-name': 'backend' } } }, ports: [{ port, appProtocol: 'http' }] } });
    await startBackend('east', '127.0.31.1');
    for (const [name, address] of [['in-1', '127.0.31.2'], ['in-2', '127.0.31.3']] as const) ingresses.set(name, (await startIngress(zones, { zone: 'east', name, address })).proxy);
    const address = '127.0.32.1';
    [byTag, multi, east] = [toTag, toMulti, toEast].map((at) => ({ host: address, port: at })) as [Endpoint, Endpoint, Endpoint];
    web = await zones.zone('west').plane.startProxy({
      name: 'web',
      networking: {
        address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }],
        outbound: [
          { address, port: toTag, tags: { 'kuma.io/service': 'backend' } },
          { address, port: toMulti, backendRef: { kind: 'MeshMultiZoneService', labels: { 'kuma.io/display-name': 'backend' }, port } },
          { address, port: toEast, backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'east' }, port } },
        ],
      },
    });
  });
  afterAll(async () => {
    await zones.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  it('a service of another zone is reached by tag, as a MeshService and as a MeshMultiZoneService', async () => {
    for (const to of [byTag, multi, east]) await expect.poll(async () => (await httpGet(urlOf(to))).body, { timeout: 60_000, interval: 200 }).toBe('east').catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await web.admin('/clusters')}\n${zones.zone('west').plane.planeOutput.slice(-3000)}`);
    });
  });
});
