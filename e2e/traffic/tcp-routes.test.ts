import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { LineApp, sayLine } from '../harness/line-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf, type Endpoint } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** `lines` has two versions, `echo` one, and `shop` speaks http; `web` calls `lines` and `shop`. */
describe('MeshTCPRoute on real Envoys', () => {
  let mesh: TestMesh;
  let apps: { close(): Promise<void> }[] = [];
  let lines: Endpoint;
  let shop: Endpoint;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    await mesh.delete('MeshRetry', 'mesh-retry-all-default');
    const [inbound = 0, v1 = 0, v2 = 0, echo = 0, http = 0] = await freePorts(5);
    apps = [await LineApp.listen({ name: 'v1', port: v1 }), await LineApp.listen({ name: 'v2', port: v2 }), await LineApp.listen({ name: 'echo', port: echo }), await HttpApp.listen({ name: 'shop', host: '127.0.0.1', port: http })];
    for (const [index, port] of [v1, v2].entries()) {
      await serve(mesh, { name: `lines-v${index + 1}`, service: 'lines', protocol: 'tcp', address: `127.0.24.${index + 1}`, tags: { version: `v${index + 1}` }, port: inbound }, port);
    }
    await serve(mesh, { name: 'echo', protocol: 'tcp', address: '127.0.24.3' }, echo);
    await serve(mesh, { name: 'shop', address: '127.0.24.4' }, http);
    const { outbounds: [first, second] } = await call(mesh, { name: 'web', address: '127.0.24.9' }, ['lines', 'shop']);
    if (first === undefined || second === undefined) throw new Error('no outbounds');
    [lines, shop] = [first, second];
    await until('all answer', async () => (await sayLine(lines, 'x')) !== '' && (await httpGet(urlOf(shop))).body === 'shop');
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  const route = (name: string, service: string, backendRefs: readonly object[]) => ({
    type: 'MeshTCPRoute', name, spec: { to: [{ targetRef: { kind: 'MeshService', name: service }, rules: [{ default: { backendRefs } }] }] },
  });

  it('weights are kept within what chance allows', async () => {
    await mesh.put(route('lines', 'lines', [{ kind: 'MeshServiceSubset', name: 'lines', tags: { version: 'v1' } }]));
    await until('v1 takes all', async () => (await spoken(12)).join() === Array(12).fill('v1').join());
    await mesh.put(pageExample('policies/meshtcproute.md', 'lines'));
    await until('v2 takes some', async () => (await spoken(4)).includes('v2'));
    const count = 500;
    const toV2 = (await spoken(count)).filter((name) => name === 'v2').length;
    // 99.99 % of all outcomes lie within 3.89 standard deviations of the mean.
    expect(Math.abs(toV2 - count * 0.2)).toBeLessThanOrEqual(3.89 * Math.sqrt(count * 0.2 * 0.8));
  });

  it('connections go to another service, and nowhere where there is none', async () => {
    await mesh.put(route('lines', 'lines', [{ kind: 'MeshService', name: 'echo' }, { kind: 'MeshService', name: 'absent' }, { kind: 'MeshServiceSubset', name: 'lines', tags: { version: 'v1' }, weight: 0 }]));
    await until('echo answers', async () => (await sayLine(lines, 'x')) === 'echo: x');
    expect(new Set(await spoken(20))).toEqual(new Set(['echo']));
    await mesh.put(route('lines', 'lines', [{ kind: 'MeshService', name: 'absent' }]));
    await until('nobody answers', async () => (await sayLine(lines, 'x')) === '');
    await mesh.delete('MeshTCPRoute', 'lines');
    await until('lines answers again', async () => ['v1', 'v2'].includes((await spoken(1))[0] ?? ''));
  });

  it('an http service is handled as TCP, until a MeshHTTPRoute says more', async () => {
    await mesh.put(route('shop', 'shop', [{ kind: 'MeshService', name: 'echo' }]));
    await until('echo answers', async () => (await sayLine(shop, 'x')) === 'echo: x');
    await mesh.put({ type: 'MeshHTTPRoute', name: 'shop', spec: { to: [{ targetRef: { kind: 'MeshService', name: 'shop' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: {} }] }] } });
    await until('shop answers', async () => (await httpGet(urlOf(shop))).body === 'shop');
    await mesh.delete('MeshHTTPRoute', 'shop');
    await until('echo answers again', async () => (await sayLine(shop, 'x')) === 'echo: x');
  });

  async function spoken(count: number): Promise<string[]> {
    const names: string[] = [];
    for (let index = 0; index < count; index++) names.push((await sayLine(lines, 'x')).split(':')[0] ?? '');
    return names;
  }
});
