import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

const PAGE = 'policies/first-generation.md';
type Behaviour = Parameters<typeof HttpApp.listen>[0]['respond'];

/** `backend` in two versions; `web` and `shop` call it. The mesh has the default policies of every new one. */
describe('policies of the first generation, on real Envoys', () => {
  let mesh: TestMesh;
  const apps: HttpApp[] = [];
  let behave: Behaviour;
  /** The version whose health checks fail. */
  let failing: string | undefined;
  let web: string;
  let shop: string;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [inboundPort = 0] = await freePorts(1);
    for (const [index, version] of ['v1', 'v2'].entries()) {
      const [appPort = 0] = await freePorts(1);
      apps.push(await HttpApp.listen({ name: version, host: '127.0.0.1', port: appPort, respond: (req, res) => (behave === undefined ? void res.writeHead(req.url === '/health' && failing === version ? 500 : 200).end(version) : behave(req, res)) }));
      await serve(mesh, { name: `backend-${version}`, service: 'backend', address: `127.0.8.${index + 1}`, tags: { version }, port: inboundPort }, appPort);
    }
    const first = await call(mesh, { name: 'web', address: '127.0.8.3' }, ['backend']);
    const second = await call(mesh, { name: 'shop', address: '127.0.8.4' }, ['backend']);
    web = urlOf(first.outbounds[0] ?? { host: '', port: 0 });
    shop = urlOf(second.outbounds[0] ?? { host: '', port: 0 });
  });

  beforeEach(() => {
    behave = undefined;
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  const received = (): number => apps.reduce((sum, { requests }) => sum + requests.length, 0);
  const versions = async (count: number, headers: Readonly<Record<string, string>> = {}): Promise<string[]> => (await httpMany(web, count, headers)).map(({ body }) => body);
  const between = (source: string, destination: string) => ({ sources: [{ match: { 'kuma.io/service': source } }], destinations: [{ match: { 'kuma.io/service': destination } }] });

  it('TrafficPermission: the most precise one for an inbound says who may call', async () => {
    expect((await httpGet(web)).status).toBe(403);
    await mesh.put({ type: 'TrafficPermission', name: 'all', ...between('*', '*') });
    await until('everyone may call', async () => (await httpGet(web)).status === 200 && (await httpGet(shop)).status === 200);
    await mesh.put(pageExample(PAGE, 'web-to-backend'));
    await until('only web may', async () => (await httpGet(shop)).status === 403);
    expect((await httpGet(web)).status).toBe(200);
  });

  it('TrafficRoute: shares within what chance allows, and a canary by header', async () => {
    await mesh.put(pageExample(PAGE, 'canary'));
    await until('the canary is asked', async () => new Set(await versions(16, { 'x-canary': 'yes' })).size === 1);
    expect(new Set(await versions(20, { 'x-canary': 'yes' }))).toEqual(new Set(['v2']));
    const count = 600;
    const toV2 = (await versions(count)).filter((version) => version === 'v2').length;
    expect(Math.abs(toV2 - count * 0.2)).toBeLessThanOrEqual(3.89 * Math.sqrt(count * 0.2 * 0.8));
    await mesh.put({ type: 'TrafficRoute', name: 'web-only', ...between('web', 'backend'), conf: { destination: { 'kuma.io/service': 'backend', version: 'v1' } } });
    await until('a more precise one takes its place', async () => new Set(await versions(24)).size === 1);
    expect(new Set(await versions(12, { 'x-canary': 'yes' }))).toEqual(new Set(['v1']));
    await mesh.delete('TrafficRoute', 'web-only');
    await mesh.delete('TrafficRoute', 'canary');
  });

  it('Timeout: goes over the default of the mesh, and gives way to a policy about the service', async () => {
    await mesh.put(pageExample(PAGE, 'short'));
    // Without the limit of one second this one answers, if late.
    behave = (_req, res) => void setTimeout(() => res.end('late'), 3_000).unref();
    await until('a request is cut off', async () => (await httpGet(web)).status === 504);
    expect(await mesh.api.getJson('/meshes/default/dataplanes/web/_rules')).toMatchObject({ rules: expect.arrayContaining([expect.objectContaining({ type: 'MeshTimeout', toRules: expect.arrayContaining([expect.objectContaining({ origin: expect.arrayContaining([expect.objectContaining({ type: 'Timeout', name: 'short' })]) })]) })]) });
    await mesh.put({ type: 'MeshTimeout', name: 'long', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { http: { requestTimeout: '14s' } } }] } });
    await until('it has time again', async () => (await httpGet(web)).body === 'late');
    await mesh.delete('MeshTimeout', 'long');
    await mesh.delete('Timeout', 'short');
  });

  it('Retry: the upstream sees as many attempts', async () => {
    await mesh.put({ type: 'Retry', name: 'thrice', ...between('*', 'backend'), conf: { http: { numRetries: 2, retryOn: ['all_5xx'], backOff: { baseInterval: '10ms', maxInterval: '20ms' } } } });
    behave = (_req, res) => void res.writeHead(500).end();
    await until('a request is sent three times', async () => {
      const before = received();
      await httpGet(web);
      return received() - before === 3;
    });
    await mesh.delete('Retry', 'thrice');
  });

  it('CircuitBreaker: what goes beyond the limits is refused at once', async () => {
    await mesh.put({ type: 'CircuitBreaker', name: 'limits', ...between('web', 'backend'), conf: { thresholds: { maxConnections: 1, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 } } });
    behave = (_req, res) => void setTimeout(() => res.end('served'), 200);
    const six = () => Promise.all(Array.from({ length: 6 }, () => httpGet(web)));
    await until('a request overflows', async () => (await six()).some(({ status }) => status === 503));
    expect((await six()).filter(({ status }) => status === 503).every(({ headers }) => headers['x-envoy-overloaded'] === 'true')).toBe(true);
    await mesh.delete('CircuitBreaker', 'limits');
  });

  it('ProxyTemplate: changes the proxies that it selects', async () => {
    await mesh.put({ type: 'ProxyTemplate', name: 'mark', selectors: [{ match: { 'kuma.io/service': 'web' } }], conf: { imports: ['default-proxy'], modifications: [{ virtualHost: { operation: 'patch', match: { origin: 'outbound' }, value: 'response_headers_to_add: [{header: {key: x-template, value: "yes"}}]' } }] } });
    await until('it takes effect', async () => (await httpGet(web)).headers['x-template'] === 'yes');
    await mesh.delete('ProxyTemplate', 'mark');
  });

  it('FaultInjection: only the callers that it names are met', async () => {
    await mesh.put({ type: 'TrafficPermission', name: 'shop-too', ...between('shop', 'backend') });
    await mesh.delete('TrafficPermission', 'web-to-backend');
    await until('everyone may call', async () => (await httpGet(web)).status === 403 && (await httpGet(shop)).status === 200);
    await mesh.delete('TrafficPermission', 'shop-too');
    await until('all may call', async () => (await httpGet(web)).status === 200);
    await mesh.put({ type: 'FaultInjection', name: 'web-fails', sources: [{ match: { 'kuma.io/service': 'web' } }], destinations: [{ match: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }], conf: { abort: { httpStatus: 418, percentage: 100 } } });
    await until('web meets it', async () => (await httpMany(web, 8)).every(({ status }) => status === 418));
    expect((await httpMany(shop, 20)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    await mesh.delete('FaultInjection', 'web-fails');
    await until('web meets it no more', async () => (await httpMany(web, 8)).every(({ status }) => status === 200));
  });

  it('RateLimit: a caller of its own limit is cut at it, the others are not', async () => {
    await mesh.put({ type: 'RateLimit', name: 'web-limit', ...between('web', 'backend'), conf: { http: { requests: 2, interval: '3600s', onRateLimit: { status: 429 } } } });
    // Two instances with a bucket of two requests each.
    await until('the limit is reached', async () => (await httpMany(web, 8)).every(({ status }) => status === 429));
    expect((await httpMany(shop, 20)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    await mesh.delete('RateLimit', 'web-limit');
    await until('nothing is limited', async () => (await httpMany(web, 8)).every(({ status }) => status === 200));
  });

  it('HealthCheck: an instance that fails its checks gets no requests', async () => {
    await mesh.put({ type: 'HealthCheck', name: 'checks', ...between('*', 'backend'), conf: { interval: '1s', timeout: '1s', unhealthyThreshold: 1, healthyThreshold: 1, http: { path: '/health', expectedStatuses: [200] } } });
    failing = 'v1';
    await until('only v2 is asked', async () => new Set(await versions(24)).size === 1);
    expect(new Set(await versions(24))).toEqual(new Set(['v2']));
    failing = undefined;
    await mesh.delete('HealthCheck', 'checks');
    await until('both are asked', async () => new Set(await versions(24)).size === 2);
  });

  it('TrafficRoute: connections too go where it says', async () => {
    const [port = 0] = await freePorts(1);
    const lines: LineApp[] = [];
    for (const [index, version] of ['v1', 'v2'].entries()) {
      const [appPort = 0] = await freePorts(1);
      lines.push(await LineApp.listen({ name: version, port: appPort }));
      await serve(mesh, { name: `lines-${version}`, service: 'lines', address: `127.0.8.${index + 11}`, protocol: 'tcp', tags: { version }, port }, appPort);
    }
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'caller', address: '127.0.8.13' }, ['lines']);
    const asked = async () => new Set(await Promise.all(Array.from({ length: 24 }, async () => (await sayLine(outbound, 'who')).slice(0, 2))));
    await until('both are asked', async () => (await asked()).size === 2);
    await mesh.put({ type: 'TrafficRoute', name: 'lines', ...between('*', 'lines'), conf: { destination: { 'kuma.io/service': '*', version: 'v2' } } });
    await until('one is asked', async () => (await asked()).size === 1);
    expect(await asked()).toEqual(new Set(['v2']));
    await Promise.all(lines.map((line) => line.close()));
  });

  it('TrafficLog: lines where the Mesh says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-traffic-log-'));
    const path = join(folder, 'log');
    const mtls = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] };
    await mesh.put({ type: 'Mesh', name: mesh.mesh, mtls, logging: { defaultBackend: 'file', backends: [{ name: 'file', type: 'file', format: '%KUMA_SOURCE_SERVICE% to %KUMA_DESTINATION_SERVICE%: %RESPONSE_CODE%', conf: { path } }] } });
    await mesh.put({ type: 'TrafficLog', name: 'log', ...between('web', 'backend') });
    await until('a line is written', async () => {
      await httpGet(web);
      return existsSync(path) && readFileSync(path, 'utf8').includes('web to backend: 200');
    });
    await mesh.delete('TrafficLog', 'log');
    rmSync(folder, { recursive: true });
  });
});
