import { answer, REQUESTS } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import { afterEach, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

let server: TestStore;
afterEach(() => server.app.close());
const path = '/meshes/default/dataplanes/web-1/_config';
const addProxy = (): ReturnType<TestStore['call']> => server.call('PUT', '/meshes/default/dataplanes/web-1', {
  json: { type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } },
});

it('is what an xds-server answers', async () => {
  server = await startForTest();
  expect((await server.call('GET', path)).status).toBe(404);
  await addProxy();
  expect(await server.call('GET', path)).toMatchObject({ status: 503, json: { title: 'Service unavailable' } });
  const xds = { 'type.googleapis.com/envoy.config.cluster.v3.Cluster': { web: { name: 'web' } } };
  const serving = await answer(server.ports.bus, REQUESTS.proxyConfig, async () => ({ xds }));
  expect(await server.call('GET', path)).toMatchObject({ status: 200, json: { xds } });
  await serving.close();
  await answer(server.ports.bus, REQUESTS.proxyConfig, async () => {
    throw new MeshError('store/not-found', 'no such proxy is connected');
  });
  expect(await server.call('GET', path)).toMatchObject({ status: 404, json: { title: 'Failed to inspect Envoy configuration' } });
});

it('is not asked of a global control plane', async () => {
  server = await startForTest({ config: { ...TEST_CONFIG, mode: 'global' } });
  expect(await server.call('GET', path)).toMatchObject({ status: 405, json: { detail: 'Not allowed on global CP' } });
});
