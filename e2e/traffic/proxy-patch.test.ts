import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet, HttpApp } from '../harness/http-app.ts';
import { pageExample } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until, type TestProxy } from '../harness/test-mesh.ts';
import { Weftctl } from '../harness/weftctl.ts';

/** `web` is patched, `shop` is not; both call `backend`. */
describe('MeshProxyPatch, on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let web: { readonly url: string; readonly proxy: TestProxy };
  let shop: string;
  let weftctl: Weftctl;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    await mesh.allowAll();
    weftctl = await Weftctl.of(mesh.api.url);
    const [appPort = 0] = await freePorts(1);
    app = await HttpApp.listen({ name: 'backend', host: '127.0.0.1', port: appPort });
    await serve(mesh, { name: 'backend', address: '127.0.5.1' }, appPort);
    const first = await call(mesh, { name: 'web', address: '127.0.5.2' }, ['backend']);
    const second = await call(mesh, { name: 'shop', address: '127.0.5.3' }, ['backend']);
    web = { url: urlOf(first.outbounds[0] ?? { host: '', port: 0 }), proxy: first.proxy };
    shop = urlOf(second.outbounds[0] ?? { host: '', port: 0 });
    await until('both are served', async () => (await httpGet(web.url)).status === 200 && (await httpGet(shop)).status === 200);
  });

  afterAll(async () => {
    weftctl.close();
    await mesh.close();
    await app.close();
  });

  const status = async (policy: string): Promise<unknown> => (JSON.parse(await mesh.api.getText(`/meshes/${mesh.mesh}/meshproxypatches/${policy}`)) as { readonly status?: unknown }).status;
  const insight = async (): Promise<string> => mesh.api.getText(`/meshes/${mesh.mesh}/dataplanes/web/_overview`);
  const cluster = async (name: string): Promise<Record<string, unknown> | undefined> => {
    const dump = JSON.parse(await web.proxy.admin('/config_dump?resource=dynamic_active_clusters')) as { configs?: { cluster: Record<string, unknown> }[] };
    return dump.configs?.map((config) => config.cluster).find((found) => found['name'] === name);
  };

  it('changes requests and answers of the proxies that it selects, and of no other', async () => {
    await mesh.put(pageExample('policies/meshproxypatch.md', 'mark-answers'));
    await until('the patch takes effect', async () => (await httpGet(web.url)).headers['x-patched'] === 'yes');
    expect(app.requests.at(-1)?.headers['x-lua']).toBe('here');
    const other = await httpGet(shop);
    expect([other.status, other.headers['x-patched'], app.requests.at(-1)?.headers['x-lua']]).toEqual([200, undefined, undefined]);
    await until('the cluster is patched', async () => (await cluster('backend'))?.['connect_timeout'] === '2s');
    await mesh.delete('MeshProxyPatch', 'mark-answers');
    await until('the patch is gone', async () => (await httpGet(web.url)).headers['x-patched'] === undefined);
  });

  const patch = (...appendModifications: readonly object[]) => ({
    type: 'MeshProxyPatch', name: 'bad', spec: { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, default: { appendModifications } },
  });

  it('that Envoy refuses leaves its last good configuration, and insight and policy have its words', async () => {
    await mesh.put(patch({ cluster: { operation: 'Patch', match: { name: 'backend' }, value: 'lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 9, maximum_ring_size: 3}' } }));
    await until('Envoy refuses it', async () => (await insight()).includes('maximum_ring_size'));
    expect(JSON.parse(await insight())).toMatchObject({ dataplaneInsight: { nacks: expect.arrayContaining([expect.objectContaining({ type: 'cds', message: expect.stringContaining('minimum_ring_size') })]) } });
    expect((await cluster('backend'))?.['lb_policy']).not.toBe('RING_HASH');
    expect([(await httpGet(web.url)).status, (await httpGet(shop)).status]).toEqual([200, 200]);
    await until('the policy says so', async () => (await status('bad')) !== undefined);
    expect(await status('bad')).toEqual({ refusedBy: 1, refusals: [{ dataplane: 'web', type: 'cds', resource: 'backend', message: expect.stringContaining('minimum_ring_size'), since: expect.any(String) }] });
    expect((await weftctl.run('describe', 'policy', 'bad', '-m', mesh.mesh)).out).toMatch(/web refuses the cluster backend .*Envoy says: .*minimum_ring_size/);
    await mesh.put(patch({ cluster: { operation: 'Patch', match: { name: 'backend' }, value: 'connect_timeout: 3s' } }));
    await until('a good one follows', async () => (await cluster('backend'))?.['connect_timeout'] === '3s');
    await until('the policy is clear', async () => (await status('bad')) === undefined);
  });

  it('that does not fit leaves that resource alone, and insight and policy say why', async () => {
    await mesh.put(patch(
      { cluster: { operation: 'Patch', match: { name: 'backend' }, jsonPatches: [{ op: 'replace', path: '/no/such', value: 1 }] } },
      { cluster: { operation: 'Add', value: 'name: extra\nconnect_timeout: 5s\ntype: STATIC' } },
    ));
    await until('the rest applies', async () => (await cluster('extra')) !== undefined);
    await until('it is reported', async () => (await insight()).includes('there is no /no/such'));
    await until('the policy says so', async () => (await status('bad')) !== undefined);
    expect(await status('bad')).toEqual({ refusedBy: 1, refusals: [{ dataplane: 'web', resource: 'cluster backend', message: expect.stringContaining('there is no /no/such'), since: expect.any(String) }] });
    expect((await httpGet(web.url)).status).toBe(200);
    await expect(mesh.put(patch({ cluster: { operation: 'Add', value: 'nmae: typo' } }))).rejects.toThrow(/native Envoy resource is not valid/);
  });
});
