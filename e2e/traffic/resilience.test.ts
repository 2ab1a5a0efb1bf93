import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp, type HttpAnswer } from '../harness/http-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** What an instance does with a request; set by each test. */
type Behaviour = Parameters<typeof HttpApp.listen>[0]['respond'];

/** `backend` has two instances; `web` calls it. No retries unless a test asks for them. */
describe('policies of a caller, on real Envoys', () => {
  let mesh: TestMesh;
  const apps: Record<'v1' | 'v2', HttpApp | undefined> = { v1: undefined, v2: undefined };
  const behave: Record<'v1' | 'v2', Behaviour> = { v1: undefined, v2: undefined };
  let backend: string;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    const [inboundPort = 0] = await freePorts(1);
    for (const [index, version] of (['v1', 'v2'] as const).entries()) {
      const [appPort = 0] = await freePorts(1);
      apps[version] = await HttpApp.listen({ name: version, host: '127.0.0.1', port: appPort, respond: (req, res) => (behave[version] === undefined ? res.end(version) : behave[version](req, res)) });
      await serve(mesh, { name: `backend-${version}`, service: 'backend', address: `127.0.3.${index + 1}`, tags: { version }, port: inboundPort }, appPort);
    }
    const { outbounds: [outbound = { host: '', port: 0 }] } = await call(mesh, { name: 'web', address: '127.0.3.3' }, ['backend']);
    backend = urlOf(outbound);
    await until('both instances answer', async () => versions(await httpMany(backend, 16)).size === 2);
  });

  beforeEach(() => {
    behave.v1 = undefined;
    behave.v2 = undefined;
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([apps.v1?.close(), apps.v2?.close()]);
  });

  const received = (): number => (apps.v1?.requests.length ?? 0) + (apps.v2?.requests.length ?? 0);

  const routes = (rules: readonly object[]) => ({
    type: 'MeshHTTPRoute', name: 'routes', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules }] },
  });
  const subset = (version: string, weight = 1) => ({ kind: 'MeshServiceSubset', name: 'backend', tags: { version }, weight });

  it('MeshTimeout: a request that takes longer than its limit gets 504', async () => {
    await mesh.put({ type: 'MeshTimeout', name: 'short', spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: '1s' } } }] } });
    // A server that does not answer at all would hold the request for ever without the limit; this one answers after 5 s.
    behave.v1 = behave.v2 = (_req, res) => void setTimeout(() => res.end('late'), 5_000).unref();
    await until('a request is cut off', async () => (await httpGet(backend)).status === 504);
    expect((await httpGet(backend)).status).toBe(504);
    await mesh.delete('MeshTimeout', 'short');
    await until('the limit is gone', async () => (await httpGet(backend)).body === 'late');
  });

  it('MeshRetry: a request that fails twice is sent a third time', async () => {
    behave.v1 = behave.v2 = (_req, res) => void res.writeHead(503).end();
    const before = received();
    expect((await httpGet(backend)).status).toBe(503);
    expect(received() - before).toBe(1);
    await mesh.put({ type: 'MeshRetry', name: 'thrice', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { http: { numRetries: 2, retryOn: ['5xx'], backOff: { baseInterval: '10ms', maxInterval: '20ms' } } } }] } });
    await until('a request is sent three times', async () => {
      const start = received();
      await httpGet(backend);
      return received() - start === 3;
    });
    let failures = 2;
    behave.v1 = behave.v2 = (_req, res) => void res.writeHead(failures-- > 0 ? 503 : 200).end('at last');
    const start = received();
    expect(await httpGet(backend)).toMatchObject({ status: 200, body: 'at last' });
    expect(received() - start).toBe(3);
    await mesh.delete('MeshRetry', 'thrice');
    behave.v1 = behave.v2 = (_req, res) => void res.writeHead(503).end();
    await until('requests are sent once again', async () => {
      const first = received();
      await httpGet(backend);
      return received() - first === 1;
    });
  });

  it('MeshCircuitBreaker: an instance that fails gets no more requests', async () => {
    behave.v1 = (_req, res) => void res.writeHead(500).end('v1');
    await mesh.put(pageExample('policies/meshcircuitbreaker.md', 'backend'));
    await until('only v2 is asked', async () => new Set((await httpMany(backend, 16)).map(({ status }) => status)).size === 1);
    const before = apps.v1?.requests.length;
    expect((await httpMany(backend, 40)).map(({ status, body }) => `${status} ${body}`)).toEqual(Array(40).fill('200 v2'));
    expect(apps.v1?.requests.length).toBe(before);
    await mesh.delete('MeshCircuitBreaker', 'backend');
    behave.v1 = undefined;
    await until('v1 is asked again', async () => versions(await httpMany(backend, 16)).size === 2);
  });

  it('MeshCircuitBreaker: what goes beyond the limits is refused at once', async () => {
    await mesh.put({
      type: 'MeshCircuitBreaker', name: 'limits', spec: {
        to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { connectionLimits: { maxConnections: 1, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 } } }],
      },
    });
    // Long enough for six requests to meet; without limits all six are served.
    behave.v1 = behave.v2 = (_req, res) => void setTimeout(() => res.end('served'), 200);
    const six = (): Promise<HttpAnswer[]> => Promise.all(Array.from({ length: 6 }, () => httpGet(backend)));
    await until('a request overflows', async () => (await six()).some(({ status }) => status === 503));
    const answers = await six();
    expect(answers.some(({ body }) => body === 'served')).toBe(true);
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ headers }) => headers['x-envoy-overloaded'] === 'true')).toBe(true);
    await mesh.delete('MeshCircuitBreaker', 'limits');
    await until('nothing is refused', async () => (await httpMany(backend, 16)).every(({ status }) => status === 200));
  });

  it('MeshHTTPRoute: weights are kept within what chance allows', async () => {
    await mesh.put(routes([{ matches: [{ path: { type: 'PathPrefix', value: '/split' } }], default: { backendRefs: [subset('v1', 8), subset('v2', 2)], filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-split', value: 'yes' }] } }] } }]));
    await until('the route takes effect', async () => {
      const { body } = await httpGet(`${backend}/split`);
      return apps[body === 'v1' ? 'v1' : 'v2']?.requests.at(-1)?.headers['x-split'] === 'yes';
    });
    const count = 600;
    const toV2 = (await httpMany(`${backend}/split`, count)).filter(({ body }) => body === 'v2').length;
    // 99.99 % of all outcomes lie within 3.89 standard deviations of the mean.
    expect(Math.abs(toV2 - count * 0.2)).toBeLessThanOrEqual(3.89 * Math.sqrt(count * 0.2 * 0.8));
  });

  it('MeshHTTPRoute: a header decides', async () => {
    await mesh.put(routes([
      { matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ type: 'Exact', name: 'x-canary', value: 'yes' }] }], default: { backendRefs: [subset('v2')] } },
      { matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [subset('v1')] } },
    ]));
    await until('the route takes effect', async () => [...versions(await httpMany(backend, 16))].join() === 'v1');
    expect(versions(await httpMany(backend, 20, { 'x-canary': 'yes' }))).toEqual(new Set(['v2']));
    expect(versions(await httpMany(backend, 20, { 'x-canary': 'no' }))).toEqual(new Set(['v1']));
    await mesh.delete('MeshHTTPRoute', 'routes');
  });
});

function versions(answers: readonly { readonly body: string }[]): Set<string> {
  return new Set(answers.map(({ body }) => body));
}
