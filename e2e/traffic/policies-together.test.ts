import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

/** `web` and `orders` call `backend`; what one policy does is seen through others. */
describe('policies together, on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let proxy: TestProxy;
  let web = '';
  let orders = '';

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    // It allows three retries at a time.
    await mesh.delete('MeshCircuitBreaker', 'mesh-circuit-breaker-all-default');
    const [port = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port });
    ({ proxy } = await serve(mesh, { name: 'backend', address: '127.0.27.1', labels: { app: 'backend' } }, port));
    for (const [index, name] of ['web', 'orders'].entries()) {
      const { outbounds: [outbound] } = await call(mesh, { name, address: `127.0.27.${index + 2}` }, ['backend']);
      if (outbound === undefined) throw new Error('no outbound');
      if (name === 'web') web = urlOf(outbound);
      else orders = urlOf(outbound);
    }
    await until('both are answered', async () => (await httpGet(web)).status === 200 && (await httpGet(orders)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const targetRef = { kind: 'Dataplane', labels: { app: 'backend' } };
  const is = (id: string) => ({ spiffeID: { type: 'Exact', value: `spiffe://default/${id}` } });
  const faults = (matches: readonly object[], ...http: readonly object[]) => ({ type: 'MeshFaultInjection', name: 'faults', spec: { targetRef, rules: [{ matches, default: { http } }] } });

  it('a request that a fault aborts is tried again by its caller, and reaches the application once', async () => {
    await mesh.put(faults([is('web')], { abort: { httpStatus: 503, percentage: 50 } }));
    await until('a request is aborted', async () => (await httpGet(web)).status === 503);
    await mesh.put({ type: 'MeshRetry', name: 'often', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, default: { http: { numRetries: 30, retryOn: ['5xx'], backOff: { baseInterval: '1ms', maxInterval: '2ms' } } } }] } });
    await until('no request fails', async () => (await httpMany(web, 30)).every(({ status }) => status === 200));
    const before = app.requests.length;
    // 31 aborts in a row have a chance of one in two thousand million.
    expect(new Set((await httpMany(web, 60)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(app.requests.length - before).toBe(60);
    await mesh.delete('MeshRetry', 'often');
  });

  it('a route\'s own timeout cuts off a delay that other routes wait for', async () => {
    await mesh.put({ type: 'MeshHTTPRoute', name: 'hurried', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'backend' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/hurried' } }], default: {} }] }] } });
    await mesh.put({ type: 'MeshTimeout', name: 'hurried', spec: { targetRef: { kind: 'MeshHTTPRoute', name: 'hurried' }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: '500ms' } } }] } });
    await mesh.put(faults([is('web')], { delay: { value: '2s', percentage: 100 } }));
    await until('the route is cut off', async () => (await httpGet(`${web}/hurried`)).status === 504);
    expect(await Promise.all([httpGet(`${web}/hurried/x`), httpGet(`${web}/else`), httpGet(`${orders}/hurried`)].map(async (answer) => (await answer).status))).toEqual([504, 200, 200]);
    await mesh.delete('MeshFaultInjection', 'faults');
    await mesh.delete('MeshTimeout', 'hurried');
  });

  it('who is denied is told so, and meets no limit', async () => {
    const limit = { targetRef, rules: [{ default: { local: { http: { requestRate: { num: 4, interval: '1h' } } } } }, { matches: [is('orders')], default: { local: { http: { requestRate: { num: 100, interval: '1h' } } } } }] };
    await mesh.put({ type: 'MeshRateLimit', name: 'limit', spec: limit });
    await until('the limit is in the routes', async () => (await proxy.admin('/config_dump?resource=dynamic_route_configs')).includes('local_rate_limit_enabled'));
    await mesh.delete('MeshTrafficPermission', 'allow-all');
    await mesh.put({ type: 'MeshTrafficPermission', name: 'only-orders', spec: { rules: [{ default: { allow: [is('orders')] } }] } });
    await until('web is denied', async () => (await httpGet(web)).status === 403 && (await httpGet(orders)).status === 200);
    // Were they counted first, the fifth would get 429.
    expect(new Set((await httpMany(web, 20)).map(({ status }) => status))).toEqual(new Set([403]));
    expect(new Set((await httpMany(orders, 20)).map(({ status }) => status))).toEqual(new Set([200]));
    await mesh.allowAll();
    await mesh.delete('MeshTrafficPermission', 'only-orders');
    await until('the limit is met', async () => (await httpGet(web)).status === 429);
  });
});
