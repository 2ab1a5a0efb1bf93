import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BusyWriter, dataplanesOf, timeoutsOf, writtenOf } from '../harness/busy-writer.ts';
import { CutLink } from '../harness/cut-link.ts';
import { HttpApp, httpGet, type HttpAnswer } from '../harness/http-app.ts';
import { serve, urlOf } from '../harness/placed-workload.ts';
import { differences } from '../harness/same-state.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until, type TestMesh, type TestProxy } from '../harness/test-mesh.ts';
import { startEgress, startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 90_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };
const NOWHERE = { host: '', port: 0 };
const NONE = { near: [], far: [], tag: [] };
const EAST = '127.0.41';
const WEST = '127.0.42';
type Outbound = 'near' | 'far' | 'tag' | 'late';

/** A request goes to another host each time. So many times, since an egress knows nothing of where it went before, and may enter by the dead ingress again. */
const RETRY = { numRetries: 20, backOff: { baseInterval: '5ms' }, retryOn: ['ConnectFailure', 'Reset', 'RefusedStream', '503'], hostSelection: [{ predicate: 'OmitPreviousHosts' }], hostSelectionMaxAttempts: 5 };

/**
 * `web` in west calls `near` in its own zone, and `far` in east: as a MeshService by way of two ingresses, and by tag by way of two egresses and those.
 * The ingresses are reached over links of the test. Writes go on at all three control planes.
 */
describe('every part is killed in turn, and comes back', () => {
  let zones: TestZones;
  let port: number;
  const outbounds = { near: NOWHERE, far: NOWHERE, tag: NOWHERE, late: NOWHERE };
  const apps: HttpApp[] = [];
  const roads: CutLink[] = [];
  const proxies = new Map<string, TestProxy>();
  const writers = new Map<string, BusyWriter>();

  const plane = (name: string): TestMesh => (name === 'global' ? zones.global : zones.zone(name).plane);
  const proxy = (name: string): TestProxy => proxies.get(name) ?? expect.fail(`no proxy ${name}`);
  const ask = async (to: Outbound): Promise<HttpAnswer> => httpGet(urlOf(outbounds[to]));
  const allAnswer = (): Promise<void> => until('all are answered', async () => (await ask('near')).body === 'near' && (await ask('far')).body === 'far' && (await ask('tag')).body === 'far');
  const startServer = async (name: string, { zone, address }: { readonly zone: string; readonly address: string }): Promise<void> => {
    const [appPort = 0] = await freePorts(1);
    apps.push(await HttpApp.listen({ name, host: '127.0.0.1', port: appPort }));
    proxies.set(name, (await serve(plane(zone), { name, address, port }, appPort)).proxy);
  };
  /** Where the Envoy of the caller enters an egress, and that of an egress an ingress. */
  const waysOut = async (): Promise<ReadonlySet<string>> => new Set((await proxy('web').admin('/clusters')).match(/127\.0\.42\.[23]:\d+(?=::health_flags::healthy)/g));
  const waysIn = async (egress: string): Promise<ReadonlySet<string>> => new Set((await proxy(egress).admin('/clusters')).match(new RegExp(`127\\.0\\.0\\.1:(${roads.map((road) => road.port).join('|')})(?=::health_flags::healthy)`, 'g')));
  /** An ingress of east, which others reach over a link that the test cuts. */
  const startEntrance = async (name: string, address: string): Promise<void> => {
    const [port = 0] = await freePorts(1);
    const road = await CutLink.start(() => port, address);
    roads.push(road);
    proxies.set(name, (await startIngress(zones, { zone: 'east', name, address, port, advertised: { host: '127.0.0.1', port: road.port } })).proxy);
  };
  /** What requests were lost to each outbound while something happened, and of a good many before and after it. */
  const lostDuring = async (fault: () => Promise<void>): Promise<Readonly<Record<'near' | 'far' | 'tag', readonly string[]>>> => {
    const [near, far, tag] = (['near', 'far', 'tag'] as const).map((to) => new SteadyTraffic(urlOf(outbounds[to]), { workers: 2, pauseMs: 20 })) as [SteadyTraffic, SteadyTraffic, SteadyTraffic];
    const goOn = async (): Promise<void> => {
      const before = new Map([near, far, tag].map((traffic) => [traffic, traffic.sent]));
      await until('requests go on', async () => [...before].every(([traffic, sent]) => traffic.sent > sent + 50));
    };
    await goOn();
    await fault();
    await goOn();
    return { near: await near.stop(), far: await far.stop(), tag: await tag.stop() };
  };
  /** Kills the Envoy alone; its agent starts another. */
  const killEnvoy = async (name: string): Promise<void> => {
    const before = proxy(name).envoyPid();
    process.kill(before, 'SIGKILL');
    await until(`another Envoy runs for ${name}`, async () => proxy(name).envoyPid() !== before);
    await proxy(name).ready();
  };

  const setUp = async (): Promise<void> => {
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: MTLS, routing: { zoneEgress: true } });
    await global.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: RETRY } }] } });
    await global.put({ type: 'MeshCircuitBreaker', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionLimits: { maxRetries: 1024 } } }] } });
    // On a busy machine an answer may take longer than the 15 s of the default.
    await global.put({ type: 'MeshTimeout', name: 'patient', spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: '90s' } } }] } });
    await global.allowAll();
    [port = 0] = await freePorts(1);
    await startServer('far', { zone: 'east', address: `${EAST}.1` });
    await startServer('near', { zone: 'west', address: `${WEST}.1` });
    for (const [name, address] of [['in-1', `${EAST}.2`], ['in-2', `${EAST}.3`]] as const) await startEntrance(name, address);
    for (const [name, address] of [['out-1', `${WEST}.2`], ['out-2', `${WEST}.3`]] as const) proxies.set(name, (await startEgress(zones, { zone: 'west', name, address })).proxy);
    const [own = 0, ...ports] = await freePorts(5);
    const address = `${WEST}.4`;
    (['near', 'far', 'tag', 'late'] as const).forEach((to, at) => (outbounds[to] = { host: address, port: ports[at] ?? 0 }));
    const service = (name: string, zone: string): object => ({ backendRef: { kind: 'MeshService', labels: { 'kuma.io/display-name': name, 'kuma.io/zone': zone }, port } });
    const ways = { near: service('near', 'west'), far: service('far', 'east'), tag: { tags: { 'kuma.io/service': 'far' } }, late: { tags: { 'kuma.io/service': 'late' } } };
    proxies.set('web', await plane('west').startProxy({ name: 'web', networking: { address, inbound: [{ port: own, tags: { 'kuma.io/service': 'web' } }], outbound: Object.entries(ways).map(([to, way]) => ({ address, port: outbounds[to as Outbound].port, ...way })) } }));
    await allAnswer();
    await until('requests are repeated elsewhere', async () => hasAll(await proxy('web').admin('/config_dump'), ['previous_hosts', '"max_retries": 1024', '"timeout": "90s"']));
    await until('both egresses and both ingresses are known', async () => (await waysOut()).size === 2 && (await waysIn('out-1')).size === 2 && (await waysIn('out-2')).size === 2);
    for (const name of ['global', 'east', 'west']) writers.set(name, new BusyWriter((name === 'global' ? timeoutsOf : dataplanesOf)(plane(name).api), { prefix: `w-${name}-`, pauseMs: 20 }));
  };

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'] });
    await setUp().catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${zones.output}`);
    });
  });
  afterEach((context) => {
    if (context.task.result?.state === 'fail') process.stderr.write(zones.output);
  });
  afterAll(async () => {
    await Promise.all([...writers.values()].map((writer) => writer.abandon()));
    await zones.close();
    await Promise.all([...apps, ...roads].map((one) => one.close()));
  });

  it.each(['global', 'east', 'west'])('the control plane %s: no request is lost', async (name) => {
    const lost = await lostDuring(async () => {
      await plane(name).stopPlane('SIGKILL');
      for (const [other, writer] of writers) if (other !== name) await writer.goesOn();
      await plane(name).startPlane();
      await writers.get(name)?.goesOn();
    });
    expect(lost).toEqual(NONE);
  });

  it('without the global control plane a zone takes in a proxy, signs its certificate, tells others of it, and lets it go', async () => {
    await zones.global.stopPlane('SIGKILL');
    await startServer('late', { zone: 'west', address: `${WEST}.5` });
    await until('it is called', async () => (await ask('late')).body === 'late');
    await plane('west').stopProxy('late');
    await until('it is gone', async () => (await ask('late')).status === 503 && (await plane('west').api.find('/meshes/default/dataplanes/late')) === undefined);
    await zones.global.startPlane();
  });

  it.each(['in-1', 'out-1', 'in-2', 'out-2'])('the Envoy of %s: requests go by the other one', async (name) => {
    expect(await lostDuring(() => killEnvoy(name))).toEqual(NONE);
  });

  it('an agent of an ingress, which takes its Envoy along: requests go by the other one', async () => {
    const lost = await lostDuring(async () => {
      await plane('east').stopProxy('in-1', 'SIGKILL');
      await startEntrance('in-1', `${EAST}.2`);
    });
    expect(lost).toEqual(NONE);
  });

  it('the Envoy of a server: only calls of that one are lost, and only while it is away', async () => {
    const lost = await lostDuring(async () => {
      await killEnvoy('far');
      await allAnswer();
    });
    expect(lost.near).toEqual([]);
  });

  it('the link between the zones, cut and healed: calls within the zone go on, the others are answered and come back', async () => {
    const lost = await lostDuring(async () => {
      for (const road of roads) road.cut();
      await until('no way leads there', async () => (await ask('far')).status === 503 && (await ask('tag')).status === 503);
      for (const road of roads) road.heal();
      await allAnswer();
    });
    expect(lost.near).toEqual([]);
  });

  it('the Envoy of the caller comes back with all it had', async () => {
    await killEnvoy('web');
    await allAnswer();
  });

  it('in the end no acknowledged write is lost, and all control planes have the same', async () => {
    await Promise.all([...writers.values()].map((writer) => writer.stop()));
    for (const [name, { present }] of writers) {
      const collection = name === 'global' ? 'meshtimeouts' : 'dataplanes';
      expect(await writtenOf(plane(name).api, collection, `w-${name}-`)).toEqual(present);
    }
    await expect.poll(() => differences(zones.global.api, new Map(['east', 'west'].map((name) => [name, plane(name).api]))), LATER).toEqual([]);
  });
});

function hasAll(text: string, parts: readonly string[]): boolean {
  return parts.every((part) => text.includes(part));
}
