import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpAsk, httpGet, httpMany, HttpApp } from '../harness/http-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** `backend` has two versions; `shadow` gets copies; `web` calls `backend`. */
describe('MeshHTTPRoute on real Envoys', () => {
  let mesh: TestMesh;
  const apps: Record<string, HttpApp> = {};
  let backend = '';

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    const [inbound = 0] = await freePorts(1);
    for (const [index, name] of ['v1', 'v2', 'shadow'].entries()) {
      const [port = 0] = await freePorts(1);
      apps[name] = await HttpApp.listen({ name, host: '127.0.0.1', port });
      await serve(mesh, { name: `app-${name}`, service: name === 'shadow' ? 'shadow' : 'backend', address: `127.0.25.${index + 1}`, tags: { version: name }, port: inbound }, port);
    }
    const { outbounds: [outbound] } = await call(mesh, { name: 'web', address: '127.0.25.9' }, ['backend']);
    backend = outbound === undefined ? '' : urlOf(outbound);
    await mesh.put(pageExample('policies/meshhttproute.md', 'backend'));
    await until('the routes are there', async () => (await httpGet(`${backend}/mirrored`)).headers['x-mirrored'] === 'yes');
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all(Object.values(apps).map((app) => app.close()));
  });

  const last = (name: string) => apps[name]?.requests.at(-1);
  const count = (name: string, path: string): number => apps[name]?.requests.filter(({ url }) => url.startsWith(path)).length ?? 0;

  it('a redirect is answered by the proxy itself', async () => {
    expect(await httpGet(`${backend}/old`)).toMatchObject({ status: 301, headers: { location: 'https://shop.example/new' } });
    expect(count('v1', '/old') + count('v2', '/old')).toBe(0);
  });

  it('prefixes are of whole segments; path and host are rewritten', async () => {
    expect((await httpGet(`${backend}/v2/items?x=1`)).body).toBe('v2');
    expect(last('v2')).toMatchObject({ url: '/api/items?x=1', headers: { host: 'v2.example' } });
    expect((await httpGet(`${backend}/v2`)).body).toBe('v2');
    expect(last('v2')?.url).toBe('/api');
    expect((await httpGet(`${backend}/v22`)).status).toBe(200);
    expect(count('v1', '/v22') + count('v2', '/v22')).toBe(1);
  });

  it.each([
    ['a method', { method: 'POST' }, '', ['v2']], ['another method', { method: 'PUT' }, '', ['v1', 'v2']],
    ['a query parameter', {}, '?version=v2', ['v2']], ['another value of it', {}, '?version=v3', ['v1', 'v2']],
    ['an expression', {}, '/items/12', ['v2']], ['what the expression matches in part', {}, '/items/12/x', ['v1', 'v2']],
  ])('%s decides', async (_, question, path, versions) => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => httpAsk(`${backend}${path}`, question)));
    expect([...new Set(answers.map(({ body }) => body))].sort()).toEqual(versions);
  });

  it('a copy of each request goes to the mirror, and headers of the answer are changed', async () => {
    const before = count('shadow', '/mirrored');
    const answers = await httpMany(`${backend}/mirrored/x`, 30);
    expect(new Set(answers.map(({ status, body, headers }) => `${status} ${body === 'shadow' ? body : 'backend'} ${String(headers['x-mirrored'])}`))).toEqual(new Set(['200 backend yes']));
    await until('all copies have arrived', () => Promise.resolve(count('shadow', '/mirrored') - before >= 30));
    expect(count('shadow', '/mirrored') - before).toBe(30);
    expect(last('shadow')?.headers.host).toContain('-shadow');
  });

  it('a share of requests is mirrored', async () => {
    const example = pageExample('policies/meshhttproute.md', 'backend');
    await mesh.put(JSON.parse(JSON.stringify(example).replace('"percentage":100', '"percentage":25').replaceAll('/mirrored', '/some')) as typeof example);
    await until('the routes are there', async () => (await httpGet(`${backend}/some`)).headers['x-mirrored'] === 'yes');
    const [before, sent] = [count('shadow', '/some'), 400];
    await httpMany(`${backend}/some`, sent);
    const mirrored = count('shadow', '/some') - before;
    // 99.99 % of all outcomes lie within 3.89 standard deviations of the mean; a copy may still be on its way.
    expect(Math.abs(mirrored - sent * 0.25)).toBeLessThanOrEqual(3.89 * Math.sqrt(sent * 0.25 * 0.75) + 4);
  });
});
