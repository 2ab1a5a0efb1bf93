import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../harness/crash.ts';
import { HttpApp, httpMany } from '../harness/http-app.ts';
import { serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until, type TestMesh, type TestProxy } from '../harness/test-mesh.ts';
import { startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 100 };
const CALLS = 60;
const WEST = '127.0.34';
/** A request goes to another host each time. */
const RETRY = { numRetries: 5, backOff: { baseInterval: '5ms' }, retryOn: ['ConnectFailure', 'Reset', 'RefusedStream', '503'], hostSelection: [{ predicate: 'OmitPreviousHosts' }], hostSelectionMaxAttempts: 5 };

/** `backend` runs in east and in west; `web` in east calls it by tag, where all zones are used alike, and that of west by its labels. */
describe('a zone that dies, seen from another one', () => {
  let zones: TestZones;
  let web: TestProxy;
  let both: Endpoint;
  let west: Endpoint;
  let port: number;
  let steady: SteadyTraffic | undefined;
  const apps: HttpApp[] = [];
  const appPorts = new Map<string, number>();
  const proxies = new Map<string, TestProxy>();

  const plane = (zone: string): TestMesh => zones.zone(zone).plane;
  const startBackend = async (zone: string, address: string): Promise<TestProxy> => (await serve(plane(zone), { name: `backend-${zone}`, service: 'backend', address, port }, appPorts.get(zone) ?? 0)).proxy;
  const startWest = async (): Promise<void> => {
    proxies.set('backend', await startBackend('west', `${WEST}.1`));
    for (const [name, address] of [['in-1', `${WEST}.2`], ['in-2', `${WEST}.3`]] as const) proxies.set(name, (await startIngress(zones, { zone: 'west', name, address })).proxy);
  };
  /** Until the global control plane knows that it is back. */
  const startWestPlane = async (): Promise<void> => {
    const alive = saysSince(zones.global, 'a zone is alive');
    await plane('west').startPlane();
    await alive();
  };
  const crashOf = async (name: string): Promise<void> => {
    const proxy = proxies.get(name);
    proxies.delete(name);
    await crash(proxy);
  };
  /** Everything in west at once. */
  const killWest = async (): Promise<void> => {
    await Promise.all([plane('west').stopPlane(), ...[...proxies.keys()].map(crashOf)]);
  };
  const answersOf = async (to: Endpoint): Promise<readonly string[]> => [...new Set((await httpMany(urlOf(to), CALLS)).map(({ status, body }) => (status === 200 ? body : String(status))))].sort();
  const answered = (to: Endpoint, by: readonly string[]): Promise<void> => expect.poll(() => answersOf(to), LATER).toEqual(by);
  /** Places of west among the endpoints of web, by priority. */
  const placesOfWest = async (): Promise<Readonly<Record<string, number>>> => Object.fromEntries([...(await web.admin('/clusters')).matchAll(/^backend::(127\.0\.34\.\d+):\d+::priority::(\d+)$/gm)].map(([, place = '', priority]) => [place, Number(priority)]));
  const places = (wanted: Readonly<Record<string, number>>): Promise<void> => expect.poll(placesOfWest, LATER).toEqual(wanted);
  const saysSince = (mesh: TestMesh, text: string): (() => Promise<void>) => {
    const from = mesh.planeOutput.length;
    return () => until(`a control plane says "${text}"`, async () => mesh.planeOutput.slice(from).includes(text), 60_000);
  };
  /** Waits until east suspects nobody; then for the next time that it looks at who may be dead, which it tells of once for each suspicion. */
  const nextLook = async (): Promise<() => Promise<void>> => {
    await until('nobody is suspect', async () => /^weft_kds_sync_zones_looked_at\S* 0$/m.test(await (await fetch(`http://127.0.0.1:${plane('east').ports.diagnostics}/metrics`)).text()), 60_000);
    return saysSince(plane('east'), 'its entrances were looked at');
  };
  const measured = (what: string, since: number): void => void process.stdout.write(`${what}: ${Math.round(performance.now() - since)} ms\n`);
  const BOTH = { [`${WEST}.2`]: 0, [`${WEST}.3`]: 0 };

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    await zones.global.allowAll();
    const [backendPort = 0, own = 0, toBoth = 0, toWest = 0, eastApp = 0, westApp = 0] = await freePorts(6);
    port = backendPort;
    for (const [name, appPort] of [['east', eastApp], ['west', westApp]] as const) {
      appPorts.set(name, appPort);
      apps.push(await HttpApp.listen({ name, host: '127.0.0.1', port: appPort }));
    }
    await zones.global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    await startBackend('east', '127.0.33.2');
    await startWest();
    const address = '127.0.33.1';
    both = { host: address, port: toBoth };
    west = { host: address, port: toWest };
    web = await plane('east').startProxy({
      name: 'web',
      networking: {
        address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }],
        outbound: [
          { address, port: toBoth, tags: { 'kuma.io/service': 'backend' } },
          { address, port: toWest, backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': 'backend', 'kuma.io/zone': 'west' }, port } },
        ],
      },
    });
  });
  afterAll(async () => {
    await steady?.stop();
    await zones.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  it('is used like the own one by tag, by way of both its ingresses', async () => {
    await places(BOTH);
    await answered(both, ['east', 'west']);
    await answered(west, ['west']);
  });

  it('without its control plane it is used as before, for its ingress answers', async () => {
    const looked = await nextLook();
    await plane('west').stopPlane();
    const traffic = new SteadyTraffic(urlOf(west), { workers: 1 });
    await looked();
    const seen = traffic.sent;
    await until('requests go on', async () => traffic.sent > seen + 200);
    expect(await traffic.stop()).toEqual([]);
    expect(await placesOfWest()).toEqual(BOTH);
    expect(plane('east').planeOutput).not.toContain('another zone is withdrawn');
    await startWestPlane();
  });

  it('is used as before where only links to the global control plane are cut', async () => {
    for (const zone of ['west', 'east']) {
      const looked = await nextLook();
      zones.zone(zone).link.cut();
      await looked();
      const back = saysSince(zone === 'west' ? zones.global : plane('east'), zone === 'west' ? 'a zone is alive' : 'synced with the global control plane');
      zones.zone(zone).link.heal();
      await back();
    }
    expect(await placesOfWest()).toEqual(BOTH);
    expect(plane('east').planeOutput).not.toMatch(/another zone is withdrawn|its endpoints come after all others/);
  });

  it('is withdrawn when all of it is gone, and its calls are answered at home; it is back when it returns', async () => {
    await zones.global.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: RETRY } }] } });
    await zones.global.put({ type: 'MeshCircuitBreaker', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionLimits: { maxRetries: 1024 } } }] } });
    await expect.poll(() => web.admin('/config_dump'), LATER).toMatch(/"max_retries": 1024[^]*previous_hosts|previous_hosts[^]*"max_retries": 1024/);
    const flow = steady = new SteadyTraffic(urlOf(both), { perSecond: 200 });
    await flow.goesOn(200);
    const dying = performance.now();
    await killWest();
    await places({});
    measured('withdrawn after it was killed', dying);
    expect(await answersOf(both)).toEqual(['east']);
    expect(await answersOf(west)).toEqual(['503']);
    await startWestPlane();
    await startWest();
    const back = performance.now();
    await answered(west, ['west']);
    measured('back after its last proxy was ready', back);
    await answered(both, ['east', 'west']);
    const before = flow.sent;
    await until('requests go on', async () => flow.sent > before + 200);
    expect(await flow.stop()).toEqual([]);
    process.stdout.write(`none of ${flow.sent} requests was lost while the zone died and came back\n`);
  });

  it('is used as before when the global control plane is gone, and is lowered when it dies meanwhile', async () => {
    const looked = await nextLook();
    await zones.global.stopPlane();
    await looked();
    expect(await answersOf(both)).toEqual(['east', 'west']);
    const dying = performance.now();
    await killWest();
    await expect.poll(async () => Object.values(await placesOfWest()), LATER).toEqual([1, 1]);
    measured('lowered without the global control plane after it was killed', dying);
    await zones.global.startPlane();
    const returned = performance.now();
    await places({});
    measured('withdrawn after the global control plane was ready', returned);
    expect(await answersOf(both)).toEqual(['east']);
  });

  it('is entered by its other ingress when one is gone', async () => {
    await startWestPlane();
    await startWest();
    await answered(west, ['west']);
    const withdrawals = (): number => plane('east').planeOutput.split('another zone is withdrawn').length;
    const before = withdrawals();
    await crashOf('in-1');
    await answered(west, ['west']);
    expect(withdrawals()).toBe(before);
  });
});
