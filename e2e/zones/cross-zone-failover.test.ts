import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../harness/crash.ts';
import { HttpApp, httpMany } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, type TestProxy } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
const RETRY = { numRetries: 5, backOff: { baseInterval: '5ms' }, retryOn: ['ConnectFailure', 'Reset', 'RefusedStream', '503'], hostSelection: [{ predicate: 'OmitPreviousHosts' }, { predicate: 'OmitPreviousPriorities', updateFrequency: 1 }], hostSelectionMaxAttempts: 3 };
const ZONES = ['west', 'north', 'east'];
const CALLS = 200;

/** `backend` is in three zones, as one MeshMultiZoneService; `web` in west calls it. */
describe('which zone answers', () => {
  let zones: TestZones;
  let web: TestProxy;
  let backend: Endpoint;
  let port: number;
  let steady: SteadyTraffic | undefined;
  const apps: HttpApp[] = [];
  const appPorts = new Map<string, number>();
  const proxies = new Map<string, TestProxy>();

  const startBackend = async (zone: string): Promise<void> => {
    const { proxy } = await serve(zones.zone(zone).plane, { name: `backend-${zone}`, service: 'backend', address: `127.0.39.${ZONES.indexOf(zone) + 1}`, port }, appPorts.get(zone) ?? 0);
    proxies.set(`backend ${zone}`, proxy);
  };
  const ingressAddress = (zone: string): string => `127.0.40.${ZONES.indexOf(zone) + 1}`;
  const startWayIn = async (zone: string): Promise<void> => {
    const { proxy } = await startIngress(zones, { zone, name: `in-${zone}`, address: ingressAddress(zone) });
    proxies.set(`ingress ${zone}`, proxy);
  };
  /** How many of the calls each zone answered; statuses other than 200 by their number. */
  const answers = async (count = 40): Promise<Readonly<Record<string, number>>> => {
    const counts: Record<string, number> = {};
    for (const { status, body } of await httpMany(urlOf(backend), count)) {
      const by = status === 200 ? body : String(status);
      counts[by] = (counts[by] ?? 0) + 1;
    }
    return counts;
  };
  const answered = (by: readonly string[]): Promise<void> => expect.poll(async () => Object.keys(await answers()).sort(), LATER).toEqual(by);
  /** Priorities of the zones in web's Envoy, by the addresses there. */
  const priorities = async (): Promise<Readonly<Record<string, number>>> => {
    const found = new Map([...(await web.admin('/clusters')).matchAll(/_mzsvc_\d+::([\d.]+):\d+::priority::(\d+)/g)].map(([, address = '', priority]) => [address, Number(priority)]));
    return Object.fromEntries(ZONES.flatMap((zone, at) => [`127.0.39.${at + 1}`, ingressAddress(zone)].flatMap((address) => (found.has(address) ? [[zone, found.get(address) ?? 0]] : []))));
  };
  const policy = (type: string, to: object): Promise<void> => zones.global.put({ type, name: 'of-the-test', spec: { to: [{ targetRef: { kind: 'MeshMultiZoneService', name: 'backend' }, ...to }] } });
  const failover = (rules: readonly object[]): Promise<void> => policy('MeshLoadBalancingStrategy', { default: { localityAwareness: { crossZone: { failover: rules } } } });

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ZONES });
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' }, mtls: MTLS });
    await global.allowAll();
    const [inbound = 0, own = 0, outbound = 0, ...ports] = await freePorts(6);
    port = inbound;
    await global.put({ type: 'MeshMultiZoneService', name: 'backend', spec: { selector: { meshService: { matchLabels: { 'kuma.io/display-name': 'backend' } } }, ports: [{ port, appProtocol: 'http' }] } });
    await global.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: RETRY } }] } });
    await global.put({ type: 'MeshCircuitBreaker', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionLimits: { maxRetries: 1024 } } }] } });
    for (const [at, zone] of ZONES.entries()) {
      appPorts.set(zone, ports[at] ?? 0);
      apps.push(await HttpApp.listen({ name: zone, host: '127.0.0.1', port: ports[at] ?? 0 }));
    }
    await Promise.all(ZONES.map(startBackend));
    await Promise.all(['north', 'east'].map(startWayIn));
    const address = '127.0.39.9';
    backend = { host: address, port: outbound };
    web = await zones.zone('west').plane.startProxy({ name: 'web', networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }], outbound: [{ address, port: outbound, backendRef: { kind: 'MeshMultiZoneService', labels: { 'kuma.io/display-name': 'backend' }, port } }] } });
  });
  afterAll(async () => {
    await steady?.stop();
    await zones.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  it('the own one, and the others in the order of the rules', async () => {
    await expect.poll(priorities, LATER).toEqual({ west: 0, north: 1, east: 1 });
    await failover([{ from: { zones: ['east'] }, to: { type: 'Only', zones: ['east'] } }, { from: { zones: ['west'] }, to: { type: 'Only', zones: ['north'] } }, { to: { type: 'Any' } }]);
    await expect.poll(priorities, LATER).toEqual({ west: 0, north: 1, east: 2 });
    await answered(['west']);
  });

  it('the next of them when one is gone, and the first again when it is back; no request is lost', async () => {
    const flow = steady = new SteadyTraffic(urlOf(backend), { perSecond: 200 });
    await flow.goesOn(100);
    await crash(proxies.get('backend west'));
    await answered(['north']);
    await crash(proxies.get('ingress north'));
    await answered(['east']);
    await startWayIn('north');
    await answered(['north']);
    await startBackend('west');
    await answered(['west']);
    expect(await flow.stop()).toEqual([]);
  });

  it('none that no rule leads to', async () => {
    await failover([{ to: { type: 'AnyExcept', zones: ['north'] } }]);
    await expect.poll(priorities, LATER).toEqual({ west: 0, east: 1 });
    await failover([{ to: { type: 'None' } }]);
    await expect.poll(priorities, LATER).toEqual({ west: 0 });
    await zones.global.delete('MeshLoadBalancingStrategy', 'of-the-test');
    await expect.poll(priorities, LATER).toEqual({ west: 0, north: 1, east: 1 });
  });

  it('each by the weight that a route gives it', async () => {
    const share = (zone: string, weight: number): object => ({ kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': zone }, port, weight });
    await policy('MeshHTTPRoute', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [share('west', 25), share('north', 75), share('east', 0)] } }] });
    await answered(['north', 'west']);
    const counts = await answers(CALLS);
    expect(Object.keys(counts).sort()).toEqual(['north', 'west']);
    // Five standard deviations around 150 of 200.
    expect(counts['north']).toBeGreaterThan(119);
    expect(counts['north']).toBeLessThan(181);
  });
});
