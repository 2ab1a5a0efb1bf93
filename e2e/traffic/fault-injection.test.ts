import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const PAGE = 'policies/meshfaultinjection.md';

describe('MeshFaultInjection on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let backend: TestProxy;
  let held: ServerResponse | undefined;
  let web: string;
  let other: string;
  /** Its name holds that of the other caller. */
  let nearly: string;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    const [port = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port, respond: (req, res) => {
      if (req.url === '/held') held = res;
      else res.end(req.url === '/large' ? Buffer.alloc(200_000) : 'backend');
    } });
    ({ proxy: backend } = await serve(mesh, { name: 'backend', address: '127.0.22.1', labels: { app: 'backend' } }, port));
    const urls = await Promise.all(['web', 'orders', 'not-web'].map(async (name, index) => {
      const { outbounds: [outbound] } = await call(mesh, { name, address: `127.0.22.${index + 2}` }, ['backend']);
      return outbound === undefined ? '' : urlOf(outbound);
    }));
    [web = '', other = '', nearly = ''] = urls;
    for (const url of urls) await until(`${url} answers`, async () => (await httpGet(url)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  it('faults that come, change and go replace no filter chain, and cut no request that is under way', async () => {
    const replaced = () => backend.admin('/stats?filter=^listener_manager.listener_(modified|in_place_updated)');
    const underWay = httpGet(`${web}/held`);
    await until('it is under way', () => Promise.resolve(held !== undefined));
    const before = await replaced();
    for (const httpStatus of [418, 503]) {
      await mesh.put({ type: 'MeshFaultInjection', name: 'always', spec: { rules: [{ matches: [{ spiffeID: { type: 'Exact', value: 'spiffe://default/web' } }], default: { http: [{ abort: { httpStatus, percentage: 100 } }] } }] } });
      await until(`requests are aborted with ${httpStatus}`, async () => (await httpGet(web)).status === httpStatus);
      expect([(await httpGet(other)).status, (await httpGet(nearly)).status]).toEqual([200, 200]);
    }
    await mesh.delete('MeshFaultInjection', 'always');
    await until('none is aborted', async () => (await httpGet(web)).status === 200);
    held?.end('at last');
    expect(await underWay).toMatchObject({ status: 200, body: 'at last' });
    expect(await replaced()).toBe(before);
  });

  it('a share of the requests of callers with a tag is aborted', async () => {
    await mesh.put(pageExample(PAGE, 'backend'));
    await until('a request is aborted', async () => (await httpGet(web)).status === 503);
    const before = app.requests.length;
    const count = 600;
    const aborted = (await httpMany(web, count)).filter(({ status }) => status === 503).length;
    // 99.99 % of all outcomes lie within 3.89 standard deviations of the mean.
    expect(Math.abs(aborted - count * 0.2)).toBeLessThanOrEqual(3.89 * Math.sqrt(count * 0.2 * 0.8));
    expect(app.requests.length - before).toBe(count - aborted);
    expect(new Set([...await httpMany(other, 60), ...await httpMany(nearly, 60)].map(({ status }) => status))).toEqual(new Set([200]));
    expect(app.requests.some(({ headers }) => 'x-kuma-tags' in headers)).toBe(false);
    await mesh.delete('MeshFaultInjection', 'backend');
    await until('none is aborted', async () => (await httpMany(web, 60)).every(({ status }) => status === 200));
  });

  it('requests of a caller wait, while others overtake them', async () => {
    await mesh.put(pageExample(PAGE, 'slow-web'));
    await until('another caller overtakes', () => overtakes(other, web));
    expect(await overtakes(nearly, web)).toBe(true);
    await mesh.delete('MeshFaultInjection', 'slow-web');
  });

  it('answers come no faster than allowed', async () => {
    const fault = { responseBandwidth: { limit: '50 kbps', percentage: 100 } };
    await mesh.put({ type: 'MeshFaultInjection', name: 'narrow', spec: { rules: [{ matches: [{ spiffeID: { type: 'Prefix', value: 'spiffe://default/web' } }], default: { http: [fault] } }] } });
    await until('another caller overtakes', () => overtakes(`${other}/large`, `${web}/large`));
    expect((await httpGet(`${web}/large`)).body.length).toBe(200_000);
  });
});

/** Whether the answer to the second request, sent once the first is on its way, comes three times in a row before that to the first. */
async function overtakes(fast: string, slow: string): Promise<boolean> {
  const first = httpGet(slow).then(() => 'slow');
  for (let round = 0; round < 3; round++) if (await Promise.race([first, httpGet(fast).then(() => 'fast')]) === 'slow') return false;
  await first;
  return true;
}
