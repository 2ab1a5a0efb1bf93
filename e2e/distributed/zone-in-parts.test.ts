import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BusyWriter, dataplanesOf, timeoutsOf, writtenOf } from '../harness/busy-writer.ts';
import { CutLink } from '../harness/cut-link.ts';
import { HttpApp, httpGet } from '../harness/http-app.ts';
import { urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { until } from '../harness/processes.ts';
import { differences } from '../harness/same-state.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, TestMesh, type TestProxy } from '../harness/test-mesh.ts';
import { zoneEnv } from '../harness/zones.ts';
import { SplitPlane, type Part } from './split-plane.ts';
import { launchSplitProxy, type SplitProxy } from './split-proxy.ts';

const LATER = { timeout: 90_000, interval: 200 };
const EAST = '127.0.43';
const WEST = '127.0.44';
const GLOBAL_PARTS = ['store', 'signer', 'sync', 'secondSync'] as const;
const EAST_PARTS = ['store', 'signer', 'names', 'entrances', 'sync', 'secondSync', 'xds', 'secondXds'] as const;

/**
 * A global control plane and zone east are a process for each app, two of those that may be two, each on a NATS and a Redis of its own; zone west is
 * one process. `web` in west and `caller` in east call `backend` in east all the time.
 */
let global: SplitPlane;
let east: SplitPlane;
let west: TestMesh;
let web: TestProxy;
/** What a load balancer does: leads to a replica that runs. */
let toGlobal: CutLink;
let toEast: CutLink;
let late: Endpoint;
let lateCaller: Endpoint;
let wanted = 100;
const started: { close(): Promise<void> }[] = [];
const apps: HttpApp[] = [];
const proxies: SplitProxy[] = [];
const traffic: SteadyTraffic[] = [];
const writers: { readonly writer: BusyWriter; readonly collection: 'meshtimeouts' | 'dataplanes'; readonly at: SplitPlane }[] = [];

beforeAll(async () => {
  global = await kept(SplitPlane.start({ parts: GLOBAL_PARTS, env: { WEFT_MODE: 'global', WEFT_MULTIZONE_GLOBAL_KDS_NACK_BACKOFF: '200ms' } }));
  toGlobal = await kept(CutLink.start(() => global.portOf('sync', 'secondSync')));
  toEast = await kept(CutLink.start(() => east.portOf('xds', 'secondXds')));
  [east, west] = await Promise.all([
    kept(SplitPlane.start({ parts: EAST_PARTS, env: { ...zoneEnv('east', toGlobal.port), WEFT_BOOTSTRAP_SERVER_PARAMS_XDS_PORT: String(toEast.port) } })),
    kept(TestMesh.start({ mtls: 'elsewhere', env: zoneEnv('west', toGlobal.port) })),
  ]);
  const { client } = global;
  await client.put('/meshes/default', { type: 'Mesh', name: 'default', meshServices: { mode: 'Everywhere' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } });
  await client.put('/meshes/default/meshtrafficpermissions/all', { type: 'MeshTrafficPermission', mesh: 'default', name: 'all', spec: { from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] } });
  // On a busy machine an answer may take longer than the 15 s of the default.
  await client.put('/meshes/default/meshtimeouts/patient', { type: 'MeshTimeout', mesh: 'default', name: 'patient', spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: '90s' } } }] } });
  for (const api of [east.client, west.api]) await until('a zone has the mesh', () => api.issueToken('dataplane', { mesh: 'default', name: 'any', validFor: '1m' }).then(() => true, () => false));
  const [port = 0, entrance = 0, toBackend = 0, toLate = 0, fromCaller = 0, own = 0, other = 0, latePort = 0] = await freePorts(8);
  await serve('backend', { address: `${EAST}.1`, port });
  await start('in-1', { address: `${EAST}.2`, port: entrance, advertisedAddress: `${EAST}.2`, advertisedPort: entrance }, 'ZoneIngress');
  await start('caller', { address: `${EAST}.3`, inbound: [{ port: own, tags: { 'kuma.io/service': 'caller' } }], outbound: [{ address: `${EAST}.3`, port: fromCaller, tags: { 'kuma.io/service': 'backend' } }] });
  const address = `${WEST}.1`;
  web = await west.startProxy({ name: 'web', networking: { address, inbound: [{ port: other, tags: { 'kuma.io/service': 'web' } }], outbound: [[toBackend, 'backend'], [toLate, 'late']].map(([at, name]) => ({ address, port: at, tags: { 'kuma.io/service': name } })) } });
  late = { host: `${EAST}.4`, port: latePort };
  lateCaller = { host: address, port: toLate };
  for (const to of [{ host: address, port: toBackend }, { host: `${EAST}.3`, port: fromCaller }]) {
    await until('backend answers', async () => (await httpGet(urlOf(to))).body === 'backend');
    traffic.push(new SteadyTraffic(urlOf(to), { workers: 2, pauseMs: 20 }));
  }
  writers.push({ writer: new BusyWriter(timeoutsOf(global.client), { pauseMs: 50 }), collection: 'meshtimeouts', at: global }, { writer: new BusyWriter(dataplanesOf(east.client), { pauseMs: 50 }), collection: 'dataplanes', at: east });
});

afterAll(async () => {
  await Promise.all([...traffic.map((one) => one.stop()), ...writers.map(({ writer }) => writer.abandon())]);
  await Promise.all(proxies.map(({ agent }) => agent.kill()));
  await Promise.all([...started, ...apps].map((one) => one.close()));
});

afterEach((context) => {
  if (context.task.result?.state === 'fail') process.stderr.write([global.output, east.output, west.planeOutput].map((text) => text.slice(-8000)).join('\n=====\n'));
});

/** Closes it in the end. */
async function kept<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  started.push(one);
  return one;
}

async function launch(name: string, networking: Readonly<Record<string, unknown>>, type: 'Dataplane' | 'ZoneIngress' = 'Dataplane'): Promise<SplitProxy> {
  const token = type === 'ZoneIngress' ? { token: await global.client.issueToken('zone', { zone: 'east', scope: ['ingress'], validFor: '1h' }) } : {};
  const proxy = await launchSplitProxy({ dpPort: toEast.port, folder: east.workDir, name, type, networking, ...token });
  proxies.push(proxy);
  return proxy;
}

async function start(...proxy: Parameters<typeof launch>): Promise<void> {
  await (await launch(...proxy)).ready();
}

async function listen(name: string): Promise<number> {
  const [appPort = 0] = await freePorts(1);
  apps.push(await HttpApp.listen({ name, host: '127.0.0.1', port: appPort }));
  return appPort;
}

async function serve(name: string, { address, port }: { readonly address: string; readonly port: number }): Promise<void> {
  await start(name, await serverOf(name, { host: address, port }));
}

async function serverOf(name: string, { host, port }: Endpoint): Promise<Readonly<Record<string, unknown>>> {
  return { address: host, inbound: [{ port, servicePort: await listen(name), serviceAddress: '127.0.0.1', tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' } }] };
}

/** Empty while it cannot be had. */
async function dumpOfCaller(): Promise<object> {
  return east.api('GET', '/meshes/default/dataplanes/caller/xds').then(({ json }) => json, () => ({}));
}

/** A policy that is written at the global control plane arrives in an Envoy of the zone in parts, by way of both. */
async function changeArrives(): Promise<void> {
  const timeout = `${wanted++}s`;
  const spec = { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'caller' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: timeout } } }] };
  await until('the global control plane takes a write', () => global.client.put('/meshes/default/meshtimeouts/slow', { type: 'MeshTimeout', mesh: 'default', name: 'slow', spec }).then(() => true, () => false));
  await until(`${timeout} is in the Envoy`, async () => JSON.stringify(await dumpOfCaller()).includes(`"timeout":"${timeout}"`));
}

/** Requests went on meanwhile, and none was lost so far. */
async function noneIsLost(): Promise<void> {
  const before = traffic.map(({ sent }) => sent);
  await until('requests go on', async () => traffic.every(({ sent }, at) => sent > (before[at] ?? 0) + 20));
  expect(traffic.map(({ lost }) => lost)).toEqual([[], []]);
}

const inTurn = (plane: 'global' | 'east', parts: readonly Part[]) => parts.map((part) => [plane, part] as const);

test.each([...inTurn('global', ['store', 'signer']), ...inTurn('east', ['store', 'signer', 'names', 'entrances'])])('%s: the only %s is killed, and another started', async (name, part) => {
  const plane = name === 'global' ? global : east;
  await plane.killPart(part);
  await noneIsLost();
  await plane.startPart(part);
  await changeArrives();
  await noneIsLost();
});

test.each([...inTurn('global', ['sync', 'secondSync']), ...inTurn('east', ['sync', 'secondSync', 'xds', 'secondXds'])])('%s: one of two, %s, is killed: the other goes on', async (name, part) => {
  const plane = name === 'global' ? global : east;
  await plane.killPart(part);
  await changeArrives();
  await noneIsLost();
  await plane.startPart(part);
});

test.each([['global', 'nats'], ['global', 'redis'], ['east', 'redis']] as const)('%s: %s is killed, and started', async (name, server) => {
  const plane = name === 'global' ? global : east;
  await plane[server].kill();
  await noneIsLost();
  await plane[server].restart();
  await changeArrives();
  await noneIsLost();
});

test('east: while NATS is away no proxy is dropped, and a new one waits', async () => {
  await east.nats.kill();
  const proxy = await launch('late', await serverOf('late', late));
  await proxy.agent.until('its Envoy asks for its configuration', async () => proxy.agent.output.includes('initializing cds') || proxy.agent.output.includes('no bootstrap yet'));
  await noneIsLost();
  await east.nats.restart();
  // An Envoy whose stream has ended comes again later and later.
  await until('the other zone reaches the new one', async () => (await httpGet(urlOf(lateCaller))).body === 'late', 150_000);
  await changeArrives();
  await noneIsLost();
}, 300_000);

test('in the end no acknowledged write is lost, all control planes have the same, and no zone was withdrawn', async () => {
  await Promise.all(writers.map(({ writer }) => writer.stop()));
  for (const { writer, collection, at } of writers) expect(await writtenOf(at.client, collection)).toEqual(writer.present);
  await expect.poll(() => differences(global.client, new Map([['east', east.client], ['west', west.api]])), LATER).toEqual([]);
  expect(west.planeOutput).not.toContain('another zone is withdrawn');
  expect(await web.admin('/clusters')).toMatch(/^backend::/m);
});
