import { answer, BUCKETS, bucketKey, proxyConfigOf, sendText, type ProxyConfigRequest } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import { afterEach, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

let server: TestStore;
afterEach(() => server.app.close());
const path = '/meshes/default/dataplanes/web-1/_config';
const addProxy = (): ReturnType<TestStore['call']> => server.call('PUT', '/meshes/default/dataplanes/web-1', {
  json: { type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } },
});

/** The proxy is connected to the second of two xds-servers. */
async function connected(): Promise<void> {
  const { bus } = server.ports;
  const instances = await bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
  for (const instance of ['xds-1', 'xds-2']) await instances.put(bucketKey('xds-server', instance), {});
  const observed = await bus.bucket(BUCKETS.observed.name);
  const subscription = { connectTime: '2026-01-01T00:00:00Z' };
  await observed.put(bucketKey('xds-1', 'default', 'web-1'), { subscriptions: [{ ...subscription, disconnectTime: '2026-01-01T00:00:01Z' }] });
  await observed.put(bucketKey('xds-2', 'default', 'web-1'), { subscriptions: [subscription] });
  await expect.poll(async () => ((await server.call('GET', '/meshes/default/dataplanes/web-1/_overview')).json?.['dataplaneInsight'] as { readonly subscriptions: readonly unknown[] } | undefined)?.subscriptions).toHaveLength(2);
}

it('is what the xds-server answers to which the proxy is connected', async () => {
  server = await startForTest();
  expect((await server.call('GET', path)).status).toBe(404);
  await addProxy();
  expect(await server.call('GET', path)).toMatchObject({ status: 404, json: { title: 'Failed to inspect Envoy configuration' } });
  await connected();
  expect(await server.call('GET', path)).toMatchObject({ status: 503, json: { title: 'Service unavailable' } });
  // Larger than a message of a bus may be.
  const xds = { 'type.googleapis.com/envoy.config.cluster.v3.Cluster': Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`web-${index}`, { name: `"${index}" – ${'x'.repeat(60)}` }])) };
  const asked: ProxyConfigRequest[] = [];
  const serving = await answer(server.ports.bus, proxyConfigOf('xds-2'), async (request) => {
    asked.push(request);
    await sendText(server.ports.bus, request.answerTo, JSON.stringify({ xds }));
    return null;
  });
  expect(await server.call('GET', `${path}?shadow=true&include=diff`)).toMatchObject({ status: 200, json: { xds } });
  expect(asked).toMatchObject([{ mesh: 'default', name: 'web-1', shadow: true, diff: true }]);
  await serving.close();
  await answer(server.ports.bus, proxyConfigOf('xds-2'), async () => {
    throw new MeshError('store/not-found', 'no such proxy is connected');
  });
  expect(await server.call('GET', path)).toMatchObject({ status: 404, json: { title: 'Failed to inspect Envoy configuration' } });
});

it.each(['shadow=perhaps', 'include=everything'])('knows no %s', async (query) => {
  server = await startForTest();
  await addProxy();
  expect(await server.call('GET', `${path}?${query}`)).toMatchObject({ status: 400, json: { invalid_parameters: [{ field: query.split('=')[0] }] } });
});

it('is not asked of a global control plane', async () => {
  server = await startForTest({ config: { ...TEST_CONFIG, mode: 'global' } });
  expect(await server.call('GET', path)).toMatchObject({ status: 405, json: { detail: 'Not allowed on global CP' } });
  expect(await server.call('POST', '/_preview', { json: { resources: [] } })).toMatchObject({ status: 405 });
});
