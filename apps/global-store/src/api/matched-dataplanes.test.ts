import { afterAll, beforeAll, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

let server: TestStore;
beforeAll(async () => {
  server = await startForTest();
  for (const name of ['backend-1', 'web-1']) {
    const json = { type: 'Dataplane', mesh: 'default', name, labels: { app: name }, networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': name } }] } };
    await server.call('PUT', `/meshes/default/dataplanes/${name}`, { json });
  }
  for (const [name, targetRef] of [['all', { kind: 'Mesh' }], ['one', { kind: 'Dataplane', labels: { app: 'web-1' } }]] as const) {
    const spec = { targetRef, to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: '1h' } }] };
    expect(await server.call('PUT', `/meshes/default/meshtimeouts/${name}`, { json: { type: 'MeshTimeout', mesh: 'default', name, spec } })).toMatchObject({ status: 201 });
  }
});
afterAll(() => server.app.close());

const ask = async (path: string): Promise<unknown> => (await server.call('GET', `/meshes/default/${path}`)).json;

it('tells which dataplanes a policy selects', async () => {
  const labels = { app: 'web-1', 'kuma.io/env': 'universal', 'kuma.io/mesh': 'default', 'kuma.io/origin': 'zone', 'kuma.io/proxy-type': 'sidecar', 'kuma.io/zone': 'default' };
  expect(await ask('meshtimeouts/one/_resources/dataplanes')).toEqual({ total: 1, items: [{ labels, mesh: 'default', name: 'web-1', type: 'Dataplane' }] });
  expect(await ask('meshtimeouts/all/-resources/dataplanes')).toMatchObject({ total: 2, items: [{ name: 'backend-1' }, { name: 'web-1' }] });
  expect(await ask('meshtimeouts/all/_resources/dataplanes?size=1')).toMatchObject({ total: 2, items: [{ name: 'backend-1' }], next: expect.stringContaining('offset=1') });
});

it('knows no policy that is not there', async () => {
  expect((await server.call('GET', '/meshes/default/meshtimeouts/absent/_resources/dataplanes')).status).toBe(404);
  expect((await server.call('GET', '/meshes/default/dataplanes/web-1/_resources/dataplanes')).text).toBe('404: Page Not Found');
});

it('tells the same in the older forms', async () => {
  expect(await ask('meshtimeouts/one/dataplanes')).toEqual({ total: 1, items: [{ kind: 'SidecarDataplane', dataplane: { mesh: 'default', name: 'web-1' }, attachments: [{ type: 'dataplane' }] }] });
  const { items, ...rest } = (await ask('dataplanes/web-1/policies')) as { items: readonly { matchedPolicies: Readonly<Record<string, readonly { name: string; kri: string }[]>> }[] };
  expect(rest).toEqual({ kind: 'SidecarDataplane', total: 1 });
  const matchedPolicies = items[0]?.matchedPolicies ?? {};
  expect(Object.keys(matchedPolicies)).toEqual(['MeshCircuitBreaker', 'MeshRetry', 'MeshTimeout']);
  // The more specific policy last; that for gateways is not there.
  expect(matchedPolicies['MeshTimeout']?.map(({ name }) => name)).toEqual(['mesh-timeout-all-default', 'all', 'one']);
  expect(matchedPolicies['MeshTimeout']?.at(-1)?.kri).toBe('kri_mt_default_default__one_');
  expect((await server.call('GET', '/meshes/default/dataplanes/absent/policies')).json).toMatchObject({ status: 404, title: 'Could not get MatchedPolicies' });
});

it('tells which dataplanes a MeshService selects', async () => {
  const service = { type: 'MeshService', mesh: 'default', name: 'web', spec: { selector: { dataplaneTags: { 'kuma.io/service': 'web-1' } }, ports: [{ port: 80 }] } };
  expect(await server.call('PUT', '/meshes/default/meshservices/web', { json: service })).toMatchObject({ status: 201 });
  const selected = await ask('meshservices/web/_resources/dataplanes');
  expect(selected).toMatchObject({ total: 1, items: [{ name: 'web-1' }] });
  expect(await ask('meshservices/web/_dataplanes')).toEqual(selected);
  expect((await server.call('GET', '/meshes/default/meshservices/absent/_dataplanes')).status).toBe(404);
});

it('tells for which dataplanes a policy of the first generation counts', async () => {
  const permission = (name: string, destination: string) => ({ type: 'TrafficPermission', mesh: 'default', name, sources: [{ match: { 'kuma.io/service': '*' } }], destinations: [{ match: { 'kuma.io/service': destination } }] });
  const timeout = { type: 'Timeout', mesh: 'default', name: 'of-web', sources: [{ match: { 'kuma.io/service': 'web-1' } }], destinations: [{ match: { 'kuma.io/service': '*' } }], conf: { connectTimeout: '3s' } };
  for (const [path, json] of [['traffic-permissions/everyone', permission('everyone', '*')], ['traffic-permissions/web-only', permission('web-only', 'web-1')], ['timeouts/of-web', timeout]] as const) {
    expect(await server.call('PUT', `/meshes/default/${path}`, { json })).toMatchObject({ status: 201 });
  }
  const names = async (path: string) => ((await ask(`${path}/dataplanes`)) as { items: { dataplane: { name: string } }[] }).items.map(({ dataplane }) => dataplane.name);
  // Of permissions only the most precise one counts.
  expect(await names('traffic-permissions/everyone')).toEqual(['backend-1']);
  expect(await names('traffic-permissions/web-only')).toEqual(['web-1']);
  expect(await names('timeouts/of-web')).toEqual(['web-1']);
});
