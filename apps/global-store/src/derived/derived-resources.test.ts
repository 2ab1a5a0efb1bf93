import { ask, bucketKey, BUCKETS, REQUESTS } from '@weft/bus';
import { encodeResource, wireName } from '@weft/kds-core';
import { meshServiceType, type Resource } from '@weft/resource-model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

const PATIENT = { timeout: 15_000 };

describe('generated MeshServices', () => {
  let server: TestStore;
  beforeEach(async () => {
    server = await startForTest();
  });
  afterEach(() => server.app.close());

  const mesh = (mode: string): ReturnType<TestStore['call']> => server.call('PUT', '/meshes/default', { json: { type: 'Mesh', name: 'default', meshServices: { mode } } });
  const dataplane = (name: string, service: string, more: object = {}): ReturnType<TestStore['call']> => server.call('PUT', `/meshes/default/dataplanes/${name}`, {
    json: { type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' }, ...more }] } },
  });
  const services = async (): Promise<Record<string, Record<string, unknown>>> => {
    const items = (await server.call('GET', '/meshes/default/meshservices')).json?.['items'] as readonly Record<string, unknown>[];
    return Object.fromEntries(items.map((item) => [String(item['name']), item]));
  };

  it('appear with the mode, one for each service, and go with it', async () => {
    await dataplane('web-1', 'web', { name: 'main' });
    await dataplane('odd-1', 'web_demo_svc_8080');
    expect(await services()).toEqual({});
    await mesh('Everywhere');
    await expect.poll(services, PATIENT).toMatchObject({
      web: {
        kri: 'kri_msvc_default_default__web_',
        labels: {
          'kuma.io/display-name': 'web',
          'kuma.io/env': 'universal',
          'kuma.io/managed-by': 'meshservice-generator',
          'kuma.io/mesh': 'default',
          'kuma.io/origin': 'zone',
          'kuma.io/zone': 'default',
        },
        spec: {
          identities: [{ type: 'ServiceTag', value: 'web' }],
          ports: [{ appProtocol: 'http', name: 'main', port: 8080, targetPort: 8080 }],
          selector: { dataplaneTags: { 'kuma.io/service': 'web' } },
          state: 'Available',
        },
        status: { dataplaneProxies: { healthy: 1, total: 1 } },
      },
    });
    expect(Object.keys(await services())).toEqual(['web']);
    await mesh('Disabled');
    await expect.poll(services, PATIENT).toEqual({});
  });

  it('of other zones say that they cannot be reached, as long as the mesh has no certificates', async () => {
    const labels = { 'kuma.io/display-name': 'web', 'kuma.io/mesh': 'default', 'kuma.io/origin': 'global', 'kuma.io/zone': 'east' };
    const remote: Resource = { type: 'MeshService', mesh: 'default', name: 'web-x7', labels, creationTime: '', modificationTime: '', version: 0, spec: { state: 'Available', ports: [{ port: 80, targetPort: 80, appProtocol: 'tcp' }] } };
    const body = encodeResource(meshServiceType, remote);
    await ask(server.ports.bus, REQUESTS.syncApply, { from: { side: 'global' }, type: 'MeshService', items: [{ name: wireName(remote), version: 'v1', body: Buffer.from(body).toString('base64') }], removed: [], writer: 'test' });
    await expect.poll(services, PATIENT).toMatchObject({ 'web-x7': { status: { conditions: [{ type: 'Reachable', status: 'False' }] } } });
  });

  it('count their proxies, and follow connections', async () => {
    await mesh('Everywhere');
    await dataplane('web-1', 'web');
    await dataplane('web-2', 'web', { health: { ready: false } });
    await expect.poll(services, PATIENT).toMatchObject({ web: { status: { dataplaneProxies: { healthy: 1, total: 2 } } } });
    const { bus } = server.ports;
    await (await bus.bucket(BUCKETS.instances.name, BUCKETS.instances)).put(bucketKey('xds-server', 'xds-1'), {});
    await (await bus.bucket(BUCKETS.observed.name)).put(bucketKey('xds-1', 'default', 'web-1'), { subscriptions: [{ connectTime: '2026-01-01T00:00:00.000Z' }] });
    await expect.poll(services, PATIENT).toMatchObject({ web: { status: { dataplaneProxies: { connected: 1, healthy: 1, total: 2 } } } });
  });

  it('stay for a while without dataplanes, and come back whole', async () => {
    await mesh('Everywhere');
    await dataplane('web-1', 'web');
    await expect.poll(services, PATIENT).toHaveProperty('web');
    await server.call('DELETE', '/meshes/default/dataplanes/web-1');
    await expect.poll(services, PATIENT).toMatchObject({ web: { labels: { 'kuma.io/deletion-grace-period-started-at': expect.any(String) }, spec: { state: 'Unavailable' } } });
    await dataplane('web-1', 'web');
    await expect.poll(services, PATIENT).toMatchObject({ web: { spec: { state: 'Available' } } });
    expect((await services())['web']?.['labels']).not.toHaveProperty('kuma.io/deletion-grace-period-started-at');
  });

  it('leave alone what users wrote', async () => {
    const own = { type: 'MeshService', mesh: 'default', name: 'web', spec: { selector: { dataplaneTags: { app: 'web' } }, ports: [{ port: 1, targetPort: 1 }] } };
    expect((await server.call('PUT', '/meshes/default/meshservices/web', { json: own })).status).toBe(201);
    await mesh('Everywhere');
    await dataplane('web-1', 'web');
    await dataplane('api-1', 'api');
    await expect.poll(services, PATIENT).toHaveProperty('api');
    await expect.poll(services, PATIENT).toMatchObject({ web: { spec: { ...own.spec, state: 'Unavailable' } } });
    expect((await services())['web']?.['labels']).not.toHaveProperty('kuma.io/managed-by');
  });

  it('stand beside Workloads, which count the proxies of a label', async () => {
    const json = { type: 'Dataplane', mesh: 'default', name: 'web-1', labels: { 'kuma.io/workload': 'shop' }, networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } };
    await server.call('PUT', '/meshes/default/dataplanes/web-1', { json });
    await expect.poll(async () => (await server.call('GET', '/meshes/default/workloads/shop')).json, PATIENT).toMatchObject({
      type: 'Workload', kri: 'kri_wl_default_default__shop_', spec: {}, status: { dataplaneProxies: { connected: 0, healthy: 1, total: 1 } },
    });
    expect((await server.call('GET', '/meshes/default/workloads/shop')).json?.['labels']).toEqual({ 'kuma.io/env': 'universal', 'kuma.io/managed-by': 'workload-generator', 'kuma.io/mesh': 'default', 'kuma.io/zone': 'default' });
    await server.call('DELETE', '/meshes/default/dataplanes/web-1');
    await expect.poll(async () => (await server.call('GET', '/meshes/default/workloads/shop')).status, PATIENT).toBe(404);
  });
});
