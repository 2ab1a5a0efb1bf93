import { bucketKey, BUCKETS, type Bucket } from '@weft/bus';
import type { Json } from '@weft/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
const subscription = (id: string, connectTime: string, more: object = {}): Json => ({ id, controlPlaneInstanceId: 'cp', connectTime, status: { lastUpdateTime: connectTime }, ...more });

describe('observed state', () => {
  let server: TestStore;
  let instances: Bucket;
  let observed: Bucket;
  beforeEach(async () => {
    server = await startForTest();
    instances = await server.ports.bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
    observed = await server.ports.bus.bucket(BUCKETS.observed.name);
    for (const name of ['web-1', 'web-2']) {
      const json = { type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }, { port: 81, tags: { 'kuma.io/service': 'admin' } }] } };
      await server.call('PUT', `/meshes/default/dataplanes/${name}`, { json });
    }
  });
  afterEach(() => server.app.close());

  const alive = (instance: string): Promise<unknown> => instances.put(bucketKey('xds-server', instance), {});
  const observe = (instance: string, proxy: string, value: Json): Promise<unknown> => observed.put(bucketKey(instance, 'default', proxy), value);
  const subscriptions = async (proxy = 'web-1'): Promise<unknown> => {
    const insight = (await server.call('GET', `/meshes/default/dataplanes/${proxy}/_overview`)).json?.['dataplaneInsight'] as { subscriptions?: unknown } | undefined;
    return insight?.subscriptions;
  };

  it('shows in overviews and as DataplaneInsight, and is not stored', async () => {
    const before = await server.ports.store.head();
    await alive('xds-1');
    await observe('xds-1', 'web-1', { subscriptions: [subscription('s1', at(1))], mTLS: { issuedBackend: 'ca-1' } });
    await expect.poll(() => subscriptions()).toEqual([subscription('s1', at(1))]);
    expect((await server.call('GET', '/meshes/default/dataplanes/_overview')).json?.['items']).toMatchObject([
      { type: 'DataplaneOverview', name: 'web-1', kri: 'kri_dp_default_default__web-1_', dataplane: { networking: { address: '10.0.0.1' } }, dataplaneInsight: { mTLS: { issuedBackend: 'ca-1' } } },
      expect.not.objectContaining({ dataplaneInsight: expect.anything() }),
    ]);
    expect((await server.call('GET', '/meshes/default/dataplane-insights')).json).toMatchObject({ total: 1, items: [{ type: 'DataplaneInsight', mesh: 'default', name: 'web-1' }] });
    expect((await server.call('PUT', '/meshes/default/dataplane-insights/web-1', { json: {} })).status).toBe(405);
    expect(await server.ports.store.head()).toEqual(before);
  });

  it('of zone proxies, by type', async () => {
    const before = await server.ports.store.head();
    for (const [path, type] of [['zoneingresses', 'ZoneIngress'], ['zoneegresses', 'ZoneEgress']]) await server.call('PUT', `/${path}/gate`, { json: { type, name: 'gate', networking: { address: '10.0.0.1', port: 10_001 } } });
    await alive('xds-1');
    await observed.put(bucketKey('xds-1', '', 'gate', 'ZoneIngress'), { subscriptions: [subscription('s1', at(1))] });
    const overview = async (path: string): Promise<unknown> => (await server.call('GET', `/${path}/_overview`)).json?.['items'];
    await expect.poll(() => overview('zoneingresses')).toMatchObject([{ type: 'ZoneIngressOverview', name: 'gate', zoneIngressInsight: { subscriptions: [subscription('s1', at(1))] } }]);
    expect(await overview('zoneegresses')).toMatchObject([expect.not.objectContaining({ zoneEgressInsight: expect.anything() })]);
    expect((await server.call('GET', '/zone-ingress-insights')).json).toMatchObject({ total: 1, items: [{ type: 'ZoneIngressInsight', name: 'gate' }] });
    expect((await server.call('GET', '/meshes/default/dataplane-insights')).json).toMatchObject({ total: 0 });
    expect(await server.ports.store.head()).not.toEqual(before);
  });

  it('a proxy whose xds-server is gone is disconnected, until another one has it', async () => {
    await alive('xds-1');
    await observe('xds-1', 'web-1', { subscriptions: [subscription('s1', at(1))] });
    await expect.poll(() => subscriptions()).toEqual([subscription('s1', at(1))]);
    await instances.delete(bucketKey('xds-server', 'xds-1'));
    await expect.poll(() => subscriptions()).toEqual([subscription('s1', at(1), { disconnectTime: expect.any(String) })]);
    await alive('xds-2');
    await observe('xds-2', 'web-1', { subscriptions: [subscription('s2', at(2))] });
    await expect.poll(() => subscriptions()).toEqual([subscription('s1', at(1), { disconnectTime: expect.any(String) }), subscription('s2', at(2))]);
  });

  it('a policy tells which connected proxies refuse what it contributed to, in lists too, and not what it was given as', async () => {
    const json = { type: 'MeshTimeout', mesh: 'default', name: 'slow', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '5s' } }] } };
    const path = '/meshes/default/meshtimeouts/slow';
    await server.call('PUT', path, { json });
    const before = await server.ports.store.head();
    await alive('xds-1');
    const refusal = { type: 'cds', resource: 'backend', message: 'no', since: at(2) };
    const refuse = (proxy: string, ...policies: readonly string[]): Promise<unknown> => observe('xds-1', proxy, { subscriptions: [subscription('s', at(1))], refusals: [{ ...refusal, policies }] });
    for (let n = 12; n >= 1; n--) await refuse(`web-${String(n).padStart(2, '0')}`, 'MeshTimeout/default/slow');
    await refuse('innocent', 'MeshTimeout/default/other', 'MeshRetry/default/slow');
    const status = async (): Promise<unknown> => (await server.call('GET', path)).json?.['status'];
    const first = Array.from({ length: 10 }, (_, n) => ({ dataplane: `web-${String(n + 1).padStart(2, '0')}`, ...refusal }));
    await expect.poll(status).toEqual({ refusedBy: 12, refusals: first });
    expect((await server.call('GET', '/meshes/default/meshtimeouts')).json?.['items']).toContainEqual(expect.objectContaining({ name: 'slow', status: expect.objectContaining({ refusedBy: 12 }) }));
    expect((await server.call('PUT', path, { json: { ...json, status: await status() } })).json).toEqual({});
    expect((await server.ports.store.get({ type: 'MeshTimeout', mesh: 'default', name: 'slow' }))?.status).toBeUndefined();
    expect((await server.ports.store.head()).n).toBe(before.n + 1);
    await observe('xds-1', 'web-01', { subscriptions: [subscription('s', at(1))] });
    await observe('xds-1', 'web-02', { subscriptions: [subscription('s', at(1), { disconnectTime: at(3) })], refusals: [{ ...refusal, policies: ['MeshTimeout/default/slow'] }] });
    await expect.poll(status).toMatchObject({ refusedBy: 10 });
    await instances.delete(bucketKey('xds-server', 'xds-1'));
    await expect.poll(status).toBeUndefined();
  });

  it('keeps the open subscription and the newest closed one', async () => {
    await alive('xds-1');
    const closed = [1, 2, 3].map((second) => subscription(`s${second}`, at(second), { disconnectTime: at(second) }));
    await observe('xds-1', 'web-1', { subscriptions: [subscription('open', at(0)), ...closed] });
    await expect.poll(() => subscriptions()).toEqual([subscription('s3', at(3), { disconnectTime: at(3) }), subscription('open', at(0))]);
  });

  it('is counted in the insights of services, meshes and everything', async () => {
    await alive('xds-1');
    await observe('xds-1', 'web-1', { subscriptions: [subscription('s1', at(1), { version: { kumaDp: { version: '2.14.3' }, envoy: { version: '1.39.3' } } })], mTLS: { issuedBackend: 'ca-1' } });
    await expect.poll(() => subscriptions()).toBeDefined();
    expect((await server.call('GET', '/meshes/default/service-insights')).json).toMatchObject({
      total: 2,
      items: [{ name: 'admin' }, { type: 'ServiceInsight', mesh: 'default', name: 'web', status: 'partially_degraded', dataplanes: { total: 2, online: 1, offline: 1 }, issuedBackends: { 'ca-1': 1 }, addressPort: 'web.mesh:80', zones: ['default'] }],
      next: null,
    });
    expect((await server.call('GET', '/meshes/default/service-insights/absent')).json).toMatchObject({ name: 'absent', dataplanes: {} });
    expect(await server.call('GET', '/service-insights?type=pet')).toMatchObject({ status: 400, json: { invalid_parameters: [{ field: 'type' }] } });
    expect((await server.call('GET', '/mesh-insights/default')).json).toMatchObject({
      dataplanes: { total: 2, online: 1, offline: 1 },
      dpVersions: { kumaDp: { '2.14.3': { total: 1, online: 1 }, unknown: { total: 1, offline: 1 } } },
      mTLS: { issuedBackends: { 'ca-1': { total: 1, online: 1 } } },
      services: { total: 2, internal: 2 },
      policies: { MeshTimeout: { total: 2 } },
    });
    expect((await server.call('GET', '/global-insight')).json).toMatchObject({ dataplanes: { standard: { online: 1, offline: 1, partiallyDegraded: 0, total: 2 } }, meshes: { total: 1 }, resources: { Dataplane: { total: 2 } } });
    expect((await server.call('GET', '/global-insights')).json).toMatchObject({ type: 'GlobalInsights', resources: { Mesh: { total: 1 }, Zone: { total: 1 }, ZoneEgress: { total: 0 } } });
  });
});
