import { adminAnswerParts, answer, ask, BUCKETS, bucketKey, envoyShowIn, REQUESTS, type EnvoyAdminRequest } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

const TITLE = 'Could not execute admin operation';
const NOBODY = { users: [], groups: [] };

let server: TestStore;
afterEach(() => server.app.close());

/** Starts the API with a Dataplane in the store, and an xds-server that answers with `body`; gives what it is asked. */
async function start(body: string | MeshError = '', config = TEST_CONFIG): Promise<EnvoyAdminRequest[]> {
  server = await startForTest({ config });
  const asked: EnvoyAdminRequest[] = [];
  await answer(server.ports.bus, REQUESTS.envoyAdmin, async (request) => {
    asked.push(request);
    if (body instanceof MeshError) throw body;
    const half = Buffer.from(body).length / 2;
    for (const part of [Buffer.from(body).subarray(0, half), Buffer.from(body).subarray(half)]) await ask(server.ports.bus, adminAnswerParts(request.answerTo), { data: part.toString('base64') });
    return { contentType: request.show.what === 'config-dump' ? 'application/json' : 'text/plain; charset=UTF-8' };
  });
  if (config.mode !== 'zone') return asked;
  await addDataplane({ address: '10.0.0.1' });
  return asked;
}

const addDataplane = (networking: object): ReturnType<TestStore['call']> => server.call('PUT', '/meshes/default/dataplanes/web-1', {
  json: { type: 'Dataplane', mesh: 'default', name: 'web-1', networking: { ...networking, inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } },
});
const inspect = (rest: string): ReturnType<TestStore['call']> => server.call('GET', `/meshes/default/dataplanes/web-1/${rest}`);

describe('what the Envoy of a proxy says', () => {
  it('comes as it is, joined of its parts', async () => {
    const asked = await start('{"configs": ["ü"]}\n');
    expect(await inspect('xds?include_eds=false')).toMatchObject({ status: 200, contentType: 'application/json', text: '{"configs": ["ü"]}\n' });
    expect(await inspect('clusters')).toMatchObject({ status: 200, contentType: 'text/plain' });
    expect(asked).toMatchObject([
      { proxy: { type: 'Dataplane', mesh: 'default', name: 'web-1' }, address: '10.0.0.1', port: 9901, show: { what: 'config-dump', includeEds: false } },
      { show: { what: 'clusters', format: 'text' } },
    ]);
  });

  it.each([
    ['xds', { what: 'config-dump', includeEds: false }], ['xds?include_eds=true', { what: 'config-dump', includeEds: true }],
    ['stats', { what: 'stats', format: 'text', usedOnly: true }], ['stats?usedonly=false&format=json', { what: 'stats', format: 'json', usedOnly: false }],
    ['clusters?format=json', { what: 'clusters', format: 'json' }],
  ])('%s asks for %o', async (rest, show) => {
    const asked = await start();
    expect((await inspect(rest)).status).toBe(200);
    expect(asked).toMatchObject([{ show }]);
  });

  it('is asked for where the proxy is reached: its advertised address and its admin port', async () => {
    const asked = await start();
    await addDataplane({ address: '10.0.0.1', advertisedAddress: '192.0.2.1', admin: { port: 9999 } });
    await inspect('stats');
    expect(asked).toMatchObject([{ address: '192.0.2.1', port: 9999 }]);
  });

  it('a proxy that does not answer gives 500 with the reason', async () => {
    await start(new MeshError('proxy/unreachable', 'Envoy is away'));
    expect(await inspect('xds')).toMatchObject({ status: 500, json: { type: '/std-errors', status: 500, title: TITLE, detail: 'Envoy is away' } });
  });

  it('refuses what cannot be', async () => {
    await start();
    expect(await server.call('GET', '/meshes/default/dataplanes/nobody/xds')).toMatchObject({ status: 404, json: { title: TITLE, detail: 'Not found' } });
    expect(await inspect('stats?format=xml')).toMatchObject({ status: 400, json: { invalid_parameters: [{ field: 'format' }] } });
    expect(await inspect('xds?include_eds=maybe')).toMatchObject({ status: 400, json: { invalid_parameters: [{ field: 'include_eds' }] } });
    expect((await inspect('quitquitquit')).status).toBe(404);
    expect((await server.call('POST', '/meshes/default/dataplanes/web-1/xds')).status).toBe(405);
  });

  it('is for those whom the configuration names, kind by kind', async () => {
    const locked = (access: Partial<typeof TEST_CONFIG.access.static>) => ({ ...TEST_CONFIG, access: { static: { ...TEST_CONFIG.access.static, ...access } } });
    const asked = await start('', locked({ viewConfigDump: NOBODY, viewClusters: NOBODY }));
    expect(await inspect('xds')).toMatchObject({ status: 403, json: { title: 'Access Denied', detail: expect.stringContaining('cannot access config dump') as string } });
    expect((await inspect('clusters')).status).toBe(403);
    expect(asked).toEqual([]);
    expect((await inspect('stats')).status).toBe(200);
  });

  it('is asked of its zone by a global control plane, under the name that the zone knows; an offline zone is not asked', async () => {
    await start('', { ...TEST_CONFIG, mode: 'global' });
    const { bus, store } = server.ports;
    const labels = { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east', 'kuma.io/display-name': 'web' };
    await store.commit({ writes: [{ op: 'put', expect: 'absent', resource: { type: 'Dataplane', mesh: 'default', name: 'web-1', labels, creationTime: '', modificationTime: '', spec: {} } }] });
    expect(await inspect('xds')).toMatchObject({ status: 400, json: { detail: 'could not send XDSConfigRequest: zone is offline' } });
    await (await bus.bucket(BUCKETS.instances.name, BUCKETS.instances)).put(bucketKey('kds-sync', 'one'), {});
    await (await bus.bucket(BUCKETS.zoneInsights.name)).put(bucketKey('east', 'one'), { subscriptions: [{ id: 'a', connectTime: '2026-01-01T00:00:00Z' }] });
    await expect.poll(async () => (await inspect('stats')).json).toMatchObject({ detail: 'could not send StatsRequest: the zone has opened no stream for it' });
    await answer(bus, envoyShowIn('east'), async ({ proxy, answerTo }) => {
      await ask(bus, adminAnswerParts(answerTo), { data: Buffer.from(`stats of ${proxy.name}`).toString('base64') });
      return { contentType: 'text/plain' };
    });
    expect(await inspect('stats')).toMatchObject({ status: 200, text: 'stats of web' });
  });
});

describe('zone proxies', () => {
  it('are asked in the same way, those of another zone are not', async () => {
    const asked = await start();
    const put = (path: string, type: string, more: object): ReturnType<TestStore['call']> => server.call('PUT', `/${path}`, { json: { type, name: path.split('/')[1], networking: { address: '10.0.0.9', port: 10_001, admin: { port: 9902 } }, ...more } });
    expect((await put('zoneegresses/egress', 'ZoneEgress', {})).status).toBe(201);
    expect((await server.call('GET', '/zoneegresses/egress/clusters')).status).toBe(200);
    expect(asked).toMatchObject([{ proxy: { type: 'ZoneEgress', mesh: '', name: 'egress' }, address: '10.0.0.9', port: 9902 }]);
    const far = await put('zoneingresses/far', 'ZoneIngress', { zone: 'east' });
    expect([200, 201]).toContain(far.status);
    expect(await server.call('GET', '/zoneingresses/far/xds')).toMatchObject({ status: 400, json: { detail: 'Could not connect to zone ingress that resides in another zone' } });
    expect(await server.call('GET', '/zoneingresses/nobody/stats')).toMatchObject({ status: 404, json: { title: TITLE } });
  });
});
