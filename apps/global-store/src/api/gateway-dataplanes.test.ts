import { afterEach, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

let server: TestStore;
afterEach(() => server.app.close());

const path = '/meshes/default/meshgateways/edge';
const put = (to: string, json: object): ReturnType<TestStore['call']> => server.call('PUT', to, { json });
const gateway = (name: string, type: 'BUILTIN' | 'DELEGATED', tags: Readonly<Record<string, string>>): ReturnType<TestStore['call']> =>
  put(`/meshes/default/dataplanes/${name}`, { type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', gateway: { type, tags } } });

it('lists the builtin gateways that a MeshGateway selects', async () => {
  server = await startForTest();
  expect((await server.call('GET', `${path}/dataplanes`)).status).toBe(404);
  await put(path, { type: 'MeshGateway', mesh: 'default', name: 'edge', selectors: [{ match: { 'kuma.io/service': 'edge', zone: '*' } }], conf: { listeners: [{ port: 80, protocol: 'HTTP' }] } });
  await gateway('gw-1', 'BUILTIN', { 'kuma.io/service': 'edge', zone: 'a' });
  await gateway('gw-2', 'BUILTIN', { 'kuma.io/service': 'edge' });
  await gateway('gw-3', 'BUILTIN', { 'kuma.io/service': 'other', zone: 'a' });
  await gateway('gw-4', 'DELEGATED', { 'kuma.io/service': 'edge', zone: 'a' });
  expect(await server.call('GET', `${path}/dataplanes`)).toMatchObject({ status: 200, json: { total: 1, items: [{ dataplane: { mesh: 'default', name: 'gw-1' } }] } });
});
