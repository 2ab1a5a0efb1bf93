import { bucketKey, BUCKETS, type Bucket } from '@weft/bus';
import type { Json } from '@weft/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

const TIMEOUT = { type: 'MeshTimeout', mesh: 'default', name: 't', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '5s' } }] } };
const AT = '2026-01-01T00:00:01.000Z';

/** The test speaks as an xds-server would. */
describe('receipts over HTTP', () => {
  let server: TestStore;
  let observed: Bucket;

  beforeEach(async () => {
    server = await startForTest();
    await (await server.ports.bus.bucket(BUCKETS.instances.name, BUCKETS.instances)).put(bucketKey('xds-server', 'xds-1'), {});
    observed = await server.ports.bus.bucket(BUCKETS.observed.name);
    await observe('web-1', { lds: { state: 'SYNCED', since: AT, revision: 'old.1' } });
  });
  afterEach(() => server.app.close());

  const observe = (proxy: string, xds: Json): Promise<unknown> => observed.put(bucketKey('xds-1', 'default', proxy), { subscriptions: [{ id: 's', connectTime: AT }], xds });
  const settledAt = (revision: string): Promise<unknown> => observed.put(bucketKey('xds-1'), { revision });
  const get = async (path: string): Promise<unknown> => (await server.call('GET', path)).json;

  async function write(): Promise<string> {
    const answer = await fetch(`${server.url}/meshes/default/meshtimeouts/t`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(TIMEOUT) });
    return answer.headers.get('weft-revision') ?? '';
  }

  it("a write's answer says where it stands, each further one later", async () => {
    const [first, second] = [await write(), await write()];
    expect(first).toMatch(/^[\w-]+\.\d+$/);
    expect(Number(second.split('.').at(-1))).toBe(Number(first.split('.').at(-1)) + 1);
    const deleted = await fetch(`${server.url}/meshes/default/meshtimeouts/t`, { method: 'DELETE' });
    expect(deleted.headers.get('weft-revision')).toMatch(/^[\w-]+\.\d+$/);
  });

  it('a waiting request is answered once the servers have come so far and the proxies have answered', async () => {
    const revision = await write();
    expect(await get(`/_receipts?revision=${revision}`)).toMatchObject({ revision, complete: false, proxies: [] });
    const waiting = get(`/_receipts?revision=${revision}&wait=20s`);
    await observe('web-1', { lds: { state: 'STALE', since: AT, revision } });
    await settledAt(revision);
    await expect.poll(() => get(`/_receipts?revision=${revision}`)).toMatchObject({ complete: false, proxies: [{ name: 'web-1', result: 'PENDING' }] });
    await observe('web-1', { lds: { state: 'NACK', since: AT, revision, message: 'cannot bind' } });
    expect(await waiting).toEqual({ revision, complete: true, connected: 1, proxies: [{ mesh: 'default', name: 'web-1', result: 'NACKED', at: AT, messages: ['cannot bind'] }] });
  });

  it('states of proxies are listed, and told again when they change', async () => {
    await expect.poll(() => get('/meshes/default/_xds')).toMatchObject({ total: 1, items: [{ mesh: 'default', name: 'web-1', state: 'SYNCED', types: { lds: { state: 'SYNCED' } } }] });
    const { cursor } = (await get('/_xds')) as { readonly cursor: string };
    const waiting = get(`/_xds?after=${cursor}&wait=20s`);
    await observe('web-2', { cds: { state: 'STALE', since: AT } });
    expect(await waiting).toMatchObject({ total: 2, items: [{ name: 'web-1' }, { name: 'web-2', state: 'STALE' }] });
    expect(await get('/meshes/default/dataplanes/web-2/_xds')).toMatchObject({ name: 'web-2', state: 'STALE' });
  });

  it('whoever waits for a change of resources is told of the next write', async () => {
    await write();
    const { cursor } = (await get('/_changes')) as { readonly cursor: string };
    const waiting = get(`/_changes?after=${cursor}&wait=20s`);
    await write();
    expect(await waiting).not.toEqual({ cursor });
  });

  it('receipts are no part of the insight', async () => {
    await expect.poll(() => get('/meshes/default/dataplane-insights/web-1')).toMatchObject({ name: 'web-1' });
    expect(await get('/meshes/default/dataplane-insights/web-1')).not.toHaveProperty('xds');
  });

  it('bad queries and unknown proxies are refused', async () => {
    expect(await server.call('GET', '/_receipts?revision=x')).toMatchObject({ status: 400 });
    expect(await server.call('GET', '/_xds?wait=soon')).toMatchObject({ status: 400 });
    expect(await server.call('GET', '/meshes/nope/_xds')).toMatchObject({ status: 404 });
    expect(await server.call('GET', '/meshes/default/dataplanes/nope/_xds')).toMatchObject({ status: 404 });
  });
});
