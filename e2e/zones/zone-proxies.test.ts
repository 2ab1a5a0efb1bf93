import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };

/** `backend` is in east, which two ingresses lead to; `web` in west calls it, without retries. */
describe('ingresses that come and go', () => {
  let zones: TestZones;
  let app: HttpApp;
  let backend: Endpoint;

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    await zones.global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: MTLS });
    await zones.global.allowAll();
    await zones.global.delete('MeshRetry', 'mesh-retry-all-default');
    const [appPort = 0, port = 0, own = 0, outbound = 0] = await freePorts(4);
    app = await HttpApp.listen({ name: 'east', host: '127.0.0.1', port: appPort });
    await serve(zones.zone('east').plane, { name: 'backend', address: '127.0.33.1', port }, appPort);
    for (const [name, address] of [['in-1', '127.0.33.2'], ['in-2', '127.0.33.3']] as const) await startIngress(zones, { zone: 'east', name, address });
    const address = '127.0.34.1';
    backend = { host: address, port: outbound };
    await zones.zone('west').plane.startProxy({
      name: 'web',
      networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }], outbound: [{ address, port: outbound, backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'east' }, port } }] },
    });
    await until('the other zone is reached', async () => (await httpGet(urlOf(backend))).body === 'east');
  });
  afterAll(async () => {
    await zones.close();
    await app.close();
  });

  it('one of two leaves: others are told first, and no request is lost', async () => {
    const traffic = new SteadyTraffic(urlOf(backend), { workers: 2 });
    await traffic.goesOn(100);
    await zones.zone('east').plane.stopProxy('in-1');
    const seen = traffic.sent;
    await until('requests go on', async () => traffic.sent > seen + 200);
    expect(await traffic.stop()).toEqual([]);
    expect(await zones.zone('west').plane.api.getJson('/zoneingresses')).not.toMatchObject({ items: [{ networking: { advertisedAddress: '127.0.33.2' } }] });
  });

  it('another one comes, the first one ends, and the way in is the new one', async () => {
    await startIngress(zones, { zone: 'east', name: 'in-3', address: '127.0.33.4' });
    await zones.zone('east').plane.stopProxy('in-2');
    await expect.poll(async () => (await httpGet(urlOf(backend))).body, LATER).toBe('east');
  });
});
