import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../harness/crash.ts';
import { HttpApp, httpGet, httpMany } from '../harness/http-app.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { SteadyTraffic } from '../harness/steady-traffic.ts';
import { freePorts, until, type TestProxy } from '../harness/test-mesh.ts';
import { startEgress, startIngress } from '../harness/zone-proxies.ts';
import { TestZones } from '../harness/zones.ts';

const LATER = { timeout: 60_000, interval: 200 };
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
const EAST = '127.0.35';
const WEST = '127.0.36';
/** A request goes to another host each time. */
const RETRY = { numRetries: 5, backOff: { baseInterval: '5ms' }, retryOn: ['ConnectFailure', 'Reset', 'RefusedStream', '503'], hostSelection: [{ predicate: 'OmitPreviousHosts' }], hostSelectionMaxAttempts: 5 };

/** `backend` is in east; `web` in west may call it by tag, `stranger` may not. Their calls leave west by its egress. */
describe('traffic between zones by way of an egress', () => {
  let zones: TestZones;
  let app: HttpApp;
  let local: HttpApp | undefined;
  let ingress: TestProxy;
  let out: Endpoint & { readonly proxy: TestProxy };
  let web: TestProxy;
  let backend: Endpoint;
  let stranger: Endpoint;

  const statusOf = async (): Promise<readonly string[]> => [...new Set((await httpMany(urlOf(backend), 20)).map(({ status, body }) => (status === 200 ? body : String(status))))].sort();
  const answered = (by: readonly string[]): Promise<void> => expect.poll(statusOf, LATER).toEqual(by);
  /** Sum of the counters of all clusters of `backend` in an Envoy. */
  const counted = async (proxy: TestProxy, counter: string): Promise<number> => [...(await proxy.admin('/stats')).matchAll(new RegExp(`^cluster\\..*backend.*\\.${counter}: (\\d+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
  /** Where web's Envoy goes for `backend`. */
  const places = async (): Promise<readonly string[]> => [...new Set([...(await web.admin('/clusters')).matchAll(/^backend::([\d.]+:\d+)::/gm)].map(([, place = '']) => place))].sort();
  const placeOf = ({ host, port }: Endpoint): string => `${host}:${port}`;
  const startOut = (name: string, address: string, port?: number) => startEgress(zones, { zone: 'west', name, address, ...(port !== undefined && { port }) });
  const flowing = async (): Promise<SteadyTraffic> => {
    const traffic = new SteadyTraffic(urlOf(backend), { workers: 2 });
    await traffic.goesOn(100);
    return traffic;
  };
  const lostLater = async (traffic: SteadyTraffic): Promise<readonly string[]> => {
    await traffic.goesOn(200);
    return traffic.stop();
  };

  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east', 'west'], env: { zone: { WEFT_XDS_DATAPLANE_DEREGISTRATION_DELAY: '1s' } } });
    const { global } = zones;
    await global.put({ type: 'Mesh', name: 'default', mtls: MTLS, routing: { zoneEgress: true } });
    await global.put({ type: 'MeshTrafficPermission', name: 'web-only', spec: { from: [{ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, default: { action: 'Allow' } }] } });
    await global.put({ type: 'MeshRetry', name: 'again', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { http: RETRY } }] } });
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'east', host: '127.0.0.1', port: appPort });
    await serve(zones.zone('east').plane, { name: 'backend', address: `${EAST}.1` }, appPort);
    ingress = (await startIngress(zones, { zone: 'east', name: 'in', address: `${EAST}.2` })).proxy;
    const { plane } = zones.zone('west');
    for (const [name, address] of [['web', `${WEST}.1`], ['stranger', `${WEST}.2`]] as const) {
      const { outbounds: [outbound = { host: address, port: 0 }], proxy } = await call(plane, { name, address }, ['backend']);
      if (name === 'stranger') stranger = outbound;
      else [backend, web] = [outbound, proxy];
    }
  });
  afterAll(async () => {
    await zones.close();
    await Promise.all([app, ...(local === undefined ? [] : [local])].map((one) => one.close()));
  });

  it('without one other zones are not reached, not even past it', async () => {
    await answered(['503']);
    expect(await places()).toEqual([]);
  });

  it('passes through egress and ingress, which both see TLS only', async () => {
    out = await startOut('out-1', `${WEST}.3`);
    await answered(['east']);
    expect(await places()).toEqual([placeOf(out)]);
    expect(app.requests.at(-1)?.headers['x-forwarded-client-cert']).toMatch(/^By=spiffe:\/\/default\/backend;.*;URI=spiffe:\/\/default\/web;/);
    const way = [out.proxy, ingress];
    const before = await Promise.all(way.map((proxy) => counted(proxy, 'upstream_cx_tx_bytes_total')));
    await httpMany(urlOf(backend), 20);
    const after = await Promise.all(way.map((proxy) => counted(proxy, 'upstream_cx_tx_bytes_total')));
    for (const at of way.keys()) expect(after[at]).toBeGreaterThan(before[at] ?? 0);
    expect(await Promise.all(way.map((proxy) => counted(proxy, 'ssl.handshake')))).toEqual([0, 0]);
    expect(await counted(web, 'ssl.handshake')).toBeGreaterThan(0);
  });

  it('the sidecar in the other zone decides who may call', async () => {
    await expect.poll(async () => (await httpGet(urlOf(stranger))).status, LATER).toBe(403);
    expect(app.requests.some(({ headers }) => String(headers['x-forwarded-client-cert']).includes('stranger'))).toBe(false);
  });

  it('the last egress is killed: calls are answered with 503 until it is back', async () => {
    const traffic = await flowing();
    await crash(out.proxy);
    await expect.poll(places, LATER).toEqual([]);
    await answered(['503']);
    out = await startOut('out-1', `${WEST}.3`, out.port);
    await answered(['east']);
    const lost = await traffic.stop();
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.filter((answer) => !answer.startsWith('503'))).toEqual([]);
  });

  it('one of two egresses is killed: no request is lost that may be repeated', async () => {
    const second = await startOut('out-2', `${WEST}.4`);
    await expect.poll(places, LATER).toEqual([placeOf(out), placeOf(second)]);
    await until('the second one is used', async () => (await statusOf()).join() === 'east' && (await counted(second.proxy, 'upstream_cx_total')) > 0);
    const traffic = await flowing();
    await crash(out.proxy);
    expect(await lostLater(traffic)).toEqual([]);
    await expect.poll(places, LATER).toEqual([placeOf(second)]);
    out = second;
  });

  it('instances of the own zone are called without it, and go on when it is killed', async () => {
    const [appPort = 0] = await freePorts(1);
    local = await HttpApp.listen({ name: 'west', host: '127.0.0.1', port: appPort });
    await serve(zones.zone('west').plane, { name: 'backend-west', service: 'backend', address: `${WEST}.5` }, appPort);
    await answered(['east', 'west']);
    const traffic = await flowing();
    await crash(out.proxy);
    expect(await lostLater(traffic)).toEqual([]);
    await answered(['west']);
  });
});
