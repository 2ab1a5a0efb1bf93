import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpAsk, HttpApp, type HttpQuestion } from '../harness/http-app.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';

const WEB = { type: 'Exact', value: 'spiffe://default/web' };

/** `web` and `intruder` call `backend`, who permits nobody but for some requests; mTLS STRICT. */
describe('MeshRequestPermission on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let backend: TestProxy;
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    ({ proxy: backend } = await serve(mesh, { name: 'backend', address: '127.0.24.1' }, appPort));
    for (const [index, name] of ['web', 'intruder'].entries()) {
      const { outbounds } = await call(mesh, { name, address: `127.0.24.${index + 2}` }, ['backend']);
      urls[name] = outbounds.map(urlOf)[0] ?? '';
    }
  });

  afterAll(async () => {
    await mesh.close();
    await app.close();
  });

  const permit = (...allow: object[]) => mesh.put({ type: 'MeshRequestPermission', name: 'some', spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { allow } }] } });
  const ask = async (who: string, question: HttpQuestion = {}): Promise<number> => (await httpAsk(urls[who] ?? '', question)).status;
  /** A request that only the new rules answer like this, from each caller: each worker of Envoy takes them up by itself. */
  const inForce = async (status: number, question: HttpQuestion, callers: readonly string[] = ['web']): Promise<void> => {
    for (const who of callers) await until(`${JSON.stringify(question)} of ${who} gets ${status}`, async () => (await ask(who, question)) === status);
  };

  it('permits by caller, method and path, and nothing beside', async () => {
    await permit({ spiffeID: WEB, methods: ['GET', 'HEAD'], paths: [{ type: 'PathPrefix', value: '/public' }, { type: 'Exact', value: '/health' }] });
    await inForce(200, { path: '/public' });
    expect(await ask('web', { path: '/public/a?b=/c' })).toBe(200);
    expect(await ask('web', { path: '/health?full' })).toBe(200);
    expect(await ask('web', { path: '/public', method: 'HEAD' })).toBe(200);
    for (const path of ['/', '/publicity', '/health/deep', '/private?x=/public']) expect([path, await ask('web', { path })]).toEqual([path, 403]);
    expect(await ask('web', { path: '/public', method: 'POST' })).toBe(403);
    expect(await ask('intruder', { path: '/public' })).toBe(403);
    expect(await backend.admin('/stats?usedonly&filter=kri_mreqp')).toMatch(/rbac\.policy\.kri_mreqp_default_default__some_rule_0\.allowed: [1-9]/);
  });

  it('compares the path that the workload gets: no other spelling leads around it', async () => {
    for (const path of ['/public/../private', '/public/%2e%2e/private', '/public/.\\..\\private']) expect([path, await ask('web', { path })]).toEqual([path, 403]);
    for (const path of ['/public/..%2fprivate', '/public%5c..%5cprivate']) expect([path, await ask('web', { path })]).toEqual([path, 400]);
    // Slashes are merged after dots are taken out.
    expect(await ask('web', { path: '/public//..//private' })).toBe(200);
    expect(app.requests.at(-1)?.url).toBe('/public/private');
    expect(app.requests.filter(({ url }) => !url.startsWith('/public') && !url.startsWith('/health'))).toEqual([]);
  });

  it('permits by host and headers', async () => {
    await permit({ hosts: ['shop.example', '*.shop.example'], headers: [{ name: 'x-team', value: 'blue' }, { name: 'x-debug', type: 'Absent' }, { name: 'x-version', type: 'RegularExpression', value: 'v[12]' }] });
    const headers = { 'host': 'a.shop.example:80', 'x-team': 'blue', 'x-version': 'v2' };
    await inForce(200, { headers }, ['web', 'intruder']);
    for (const host of ['shop.example', 'Shop.Example', 'A.b.shop.example']) expect([host, await ask('intruder', { headers: { ...headers, host } })]).toEqual([host, 200]);
    const others: Record<string, string>[] = [{ ...headers, 'host': 'bshop.example' }, { ...headers, 'x-team': 'bluer' }, { ...headers, 'x-debug': '' }, { ...headers, 'x-version': 'v3' }, { host: headers.host }];
    for (const other of others) expect([other, await ask('web', { headers: other })]).toEqual([other, 403]);
  });

  it('adds to what MeshTrafficPermission permits, and never takes back what it denies', async () => {
    const spiffeID = (name: string) => ({ spiffeID: { type: 'Exact', value: `spiffe://default/${name}` } });
    await permit({ methods: ['GET'] });
    await mesh.put({ type: 'MeshTrafficPermission', name: 'who', spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { allow: [spiffeID('web')], deny: [spiffeID('intruder')] } }] } });
    await inForce(200, { method: 'POST' });
    await until('the intruder is kept out', async () => (await ask('intruder')) === 403);
  });

  it('names who refused in a header once the mesh wants it', async () => {
    expect((await httpAsk(urls['intruder'] ?? '', {})).headers['x-weft-refused-by']).toBeUndefined();
    await mesh.put({ type: 'Mesh', name: 'default', labels: { 'weft.io/name-refusals': 'true' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'STRICT' }] } });
    await until('a refusal is named', async () => (await httpAsk(urls['intruder'] ?? '', {})).headers['x-weft-refused-by'] === 'rbac_access_denied_matched_policy[kri_mtp_default_default__who_]');
    expect((await httpAsk(urls['web'] ?? '', {})).headers['x-weft-refused-by']).toBeUndefined();
  });

  it('takes the example of its page', async () => {
    const examples = pageExamples('policies/meshrequestpermission.md');
    for (const example of examples) await mesh.put(example);
    expect(examples).toHaveLength(1);
  });
});
