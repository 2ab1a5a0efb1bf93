import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../harness/crash.ts';
import { HttpApp, httpGet, httpMany } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until, type TestProxy } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
/** A request goes to another host each time, and soon to another zone. */
const RETRY = { numRetries: 5, backOff: { baseInterval: '5ms' }, retryOn: ['ConnectFailure', 'Reset', 'RefusedStream', '503'], hostSelection: [{ predicate: 'OmitPreviousHosts' }, { predicate: 'OmitPreviousPriorities', updateFrequency: 1 }], hostSelectionMaxAttempts: 3 };

/** `backend` is in east, which has two ingresses, and later in west; `web` in west calls it as a MeshMultiZoneService, that of east by its labels, and by tag. */
describe('traffic between zones', () => {
  let zones: TestZones;
  const apps: HttpApp[] = [];
  const ingresses = new Map<string, TestProxy>();
  let web: TestProxy;
  let local: TestProxy;
  let multi: Endpoint;
  let east: Endpoint;
  let byTag: Endpoint;
  let port: number;

  const setMesh = (more: object = { mtls: MTLS }): Promise<void> => zones.global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, ...more });
  const startBackend = async (zone: string, address: string): Promise<TestProxy> => {
    const [appPort = 0] = await freePorts(1);
    apps.push(await HttpApp.listen({ name: zone, host: '127.0.0.1', port: appPort }));
    return (await serve(zones.zone(zone).plane, { name: `backend-${zone}`, service: 'backend', address, port }, appPort)).proxy;
  };
  /** Who answers, and with what status where that is not 200. */
  const answersOf = async (to: Endpoint, count = 40): Promise<readonly string[]> => [...new Set((await httpMany(urlOf(to), count)).map(({ status, body }) => (status === 200 ? body : String(status))))].sort();
  const answered = async (to: Endpoint, by: readonly string[]): Promise<void> => expect.poll(() => answersOf(to), LATER).toEqual(by);
  const policy = (type: string, to: object): Promise<void> => zones.global.put({ type, name: 'of-the-test', spec: { to: [{ targetRef: { kind: 'MeshMultiZoneService', name: 'backend' }, ...to }] } });
  const steady = async (to: Endpoint): Promise<SteadyTraffic> => {
    const traffic = new SteadyTraffic(urlOf(to), { workers: 2 });
    await traffic.goesOn(20);
    return traffic;
  };
  const lostLater = async (traffic: SteadyTraffic): Promise<readonly string[]> => {
    await traffic.goesOn(200);
    return traffic.stop();
  };

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    const { global } = zones;
    await setMesh();
    await global.allowAll();
    const [backendPort = 0, own = 0, toMulti = 0, toEast = 0, toTag = 0] = await freePorts(5);
    port = backendPort;
    await global.put({ type: 'MeshMultiZoneService', name: 'backend', spec: { selector: { meshService: { matchLabels: { 'kuma.io/display-name': 'backend' } } }, ports: [{ port, appProtocol: 'http' }] } });
    await startBackend('east', '127.0.31.1');
    for (const [name, address] of [['in-1', '127.0.31.2'], ['in-2', '127.0.31.3']] as const) ingresses.set(name, (await startIngress(zones, { zone: 'east', name, address })).proxy);
    const address = '127.0.32.1';
    multi = { host: address, port: toMulti };
    east = { host: address, port: toEast };
    byTag = { host: address, port: toTag };
    web = await zones.zone('west').plane.startProxy({
      name: 'web',
      networking: {
        address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }],
        outbound: [
          { address, port: toMulti, backendRef: { kind: 'MeshMultiZoneService', labels: { 'kuma.io/display-name': 'backend' }, port } },
          { address, port: toEast, backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'east' }, port } },
          { address, port: toTag, tags: { 'kuma.io/service': 'backend' } },
        ],
      },
    });
  });
  afterAll(async () => {
    await zones.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  it('a service of another zone is reached as a MeshService, as a MeshMultiZoneService and by tag', async () => {
    for (const to of [east, multi, byTag]) await answered(to, ['east']);
    expect(await web.admin('/clusters')).toMatch(/127\.0\.31\.2:\d+::rq_success::[1-9]/);
  });

  it('instances of the own zone are preferred', async () => {
    local = await startBackend('west', '127.0.32.2');
    await answered(multi, ['west']);
    expect(await answersOf(east)).toEqual(['east']);
  });

  it('by tag all zones are used alike, unless the mesh prefers the own one', async () => {
    await answered(byTag, ['east', 'west']);
    await setMesh({ mtls: MTLS, routing: { localityAwareLoadBalancing: true } });
    await answered(byTag, ['west']);
    await setMesh();
    await answered(byTag, ['east', 'west']);
  });

  it('routes split over zones by weight', async () => {
    const backend = (zone: string, weight: number): object => ({ kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': zone }, port, weight });
    await policy('MeshHTTPRoute', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [backend('east', 50), backend('west', 50)] } }] });
    await answered(multi, ['east', 'west']);
    await zones.global.delete('MeshHTTPRoute', 'of-the-test');
    await answered(multi, ['west']);
  });

  it('MeshLoadBalancingStrategy spreads over zones, or keeps to the own one', async () => {
    const localityAwareness = (conf: object): Promise<void> => policy('MeshLoadBalancingStrategy', { default: { localityAwareness: conf } });
    await localityAwareness({ disabled: true });
    await answered(multi, ['east', 'west']);
    await localityAwareness({ crossZone: { failover: [{ from: { zones: ['west'] }, to: { type: 'Only', zones: ['east'] } }] } });
    await answered(multi, ['west']);
    expect(await web.admin('/clusters')).toMatch(/mzsvc_\d+::127\.0\.31\.2:\d+::priority::1/);
    await localityAwareness({ crossZone: { failover: [{ to: { type: 'AnyExcept', zones: ['east'] } }] } });
    await expect.poll(() => web.admin('/clusters'), LATER).not.toMatch(/mzsvc_\d+::127\.0\.31\.2/);
    await zones.global.delete('MeshLoadBalancingStrategy', 'of-the-test');
    await expect.poll(() => web.admin('/clusters'), LATER).toMatch(/mzsvc_\d+::127\.0\.31\.2:\d+::priority::1/);
  });

  it('the last instance here crashes, then an ingress there: no request is lost that may be repeated', async () => {
    await zones.global.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: RETRY } }] } });
    await expect.poll(() => web.admin('/config_dump'), LATER).toContain('previous_priorities');
    const traffic = await steady(multi);
    const other = await steady(east);
    await crash(local);
    await until('the other zone takes over', async () => (await httpGet(urlOf(multi))).body === 'east');
    await crash(ingresses.get('in-1'));
    expect(await Promise.all([lostLater(traffic), lostLater(other)])).toEqual([[], []]);
  });

  it('without its last ingress a zone is out of reach, and the own one goes on', async () => {
    await startBackend('west', '127.0.32.3');
    await answered(multi, ['west']);
    const traffic = await steady(multi);
    await crash(ingresses.get('in-2'));
    await answered(east, ['503']);
    expect(await lostLater(traffic)).toEqual([]);
  });

  it('without mTLS other zones are out of reach, which their services say, and the log', async () => {
    await setMesh({});
    const { api } = zones.zone('west').plane;
    const ofEast = async (): Promise<unknown> => ((await api.getJson('/meshes/default/meshservices')) as unknown as { readonly items: readonly { readonly labels: Record<string, string>; readonly status?: object }[] }).items.find(({ labels }) => labels['kuma.io/zone'] === 'east')?.status;
    await expect.poll(ofEast, LATER).toMatchObject({ conditions: [{ type: 'Reachable', status: 'False', reason: 'MeshWithoutMTLS' }] });
    expect(zones.zone('west').plane.planeOutput).toContain('zone \\"east\\" cannot be entered');
    // Callers are told, and what the own zone can answer it does.
    await answered(east, ['503']);
    expect((await httpGet(urlOf(east))).body).toContain('no healthy upstream');
    await answered(multi, ['west']);
    await setMesh();
    await expect.poll(ofEast, LATER).not.toHaveProperty('conditions');
  });
});
