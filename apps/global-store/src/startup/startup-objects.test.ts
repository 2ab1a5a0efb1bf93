import { createMemoryBus } from '@weft/bus-memory';
import { systemClock } from '@weft/service-runtime';
import { createMemoryStore } from '@weft/store-memory';
import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

describe('start-up objects', () => {
  const running: TestStore[] = [];
  afterEach(async () => {
    for (const { app } of running.splice(0)) await app.close();
  });
  const start = async (...args: Parameters<typeof startForTest>): Promise<TestStore> => {
    const server = await startForTest(...args);
    running.push(server);
    return server;
  };
  const names = async (server: TestStore): Promise<string[]> => (await server.ports.store.snapshot()).resources.map(({ type, name }) => `${type}/${name}`).sort();

  it('of a zone', async () => {
    expect(await names(await start())).toEqual([
      'Config/kuma-cluster-id',
      'GlobalSecret/admin-user-token',
      'GlobalSecret/user-token-signing-key-1',
      'GlobalSecret/zone-token-signing-key-1',
      'HostnameGenerator/local-mesh-external-service',
      'HostnameGenerator/local-universal-mesh-service',
      'Mesh/default',
      'MeshCircuitBreaker/mesh-circuit-breaker-all-default',
      'MeshRetry/mesh-retry-all-default',
      'MeshTimeout/mesh-gateways-timeout-all-default',
      'MeshTimeout/mesh-timeout-all-default',
      'Secret/dataplane-token-signing-key-default-1',
      'TokenPublicKey/dataplane-default-1',
      'TokenPublicKey/user-1',
      'TokenPublicKey/zone-1',
      'Zone/default',
    ]);
  });

  it('are made once: replicas that start together, and a restart, make nothing again', async () => {
    const shared = { store: createMemoryStore({ clock: systemClock }), bus: createMemoryBus({ clock: systemClock }), secretBox: (await start()).ports.secretBox };
    const [first] = await Promise.all([start({ ...shared, instance: 'a' }), start({ ...shared, instance: 'b' })]);
    await start({ ...shared, instance: 'c' });
    const { resources } = await first.ports.store.snapshot();
    expect(resources).toHaveLength(16);
    expect(resources.filter(({ version }) => version !== 1)).toEqual([]);
  });

  it('as configured: no mesh, no token of the administrator', async () => {
    const { apiServer } = TEST_CONFIG;
    const config = { ...TEST_CONFIG, defaults: { skipMeshCreation: true }, apiServer: { ...apiServer, authn: { ...apiServer.authn, tokens: { ...apiServer.authn.tokens, bootstrapAdminToken: false } } } };
    expect(await names(await start({ config }))).toEqual([
      'Config/kuma-cluster-id', 'GlobalSecret/user-token-signing-key-1', 'GlobalSecret/zone-token-signing-key-1', 'HostnameGenerator/local-mesh-external-service', 'HostnameGenerator/local-universal-mesh-service', 'TokenPublicKey/user-1', 'TokenPublicKey/zone-1', 'Zone/default',
    ]);
  });

  it('of a federated zone: what the global gives is not made here', async () => {
    const config = { ...TEST_CONFIG, multizone: { ...TEST_CONFIG.multizone, zone: { name: 'zone-1', globalAddress: 'grpcs://global:5685' } } };
    const server = await start({ config });
    expect(await names(server)).toEqual(['Config/kuma-cluster-id', 'GlobalSecret/admin-user-token', 'GlobalSecret/user-token-signing-key-1', 'TokenPublicKey/user-1', 'Zone/zone-1']);
    expect((await server.call('GET', '/')).json).toMatchObject({ gui: '' });
  });

  it('a global control plane takes no dataplanes, and says where they go', async () => {
    const server = await start({ config: { ...TEST_CONFIG, mode: 'global' } });
    const json = { type: 'Dataplane', mesh: 'default', name: 'a', networking: { address: '10.0.0.1', inbound: [{ port: 1, tags: { 'kuma.io/service': 'a' } }] } };
    expect(await server.call('PUT', '/meshes/default/dataplanes/a', { json })).toMatchObject({
      status: 405,
      contentType: 'application/json',
      json: { title: 'Method not allowed', detail: "On global control plane you can not modify dataplane resources with 'kumactl apply' or via the HTTP API. You can still use 'kumactl' or the HTTP API to modify them on the zone control plane.\n" },
    });
    expect((await server.call('PUT', '/meshes/default/meshtimeouts/t', { json: { type: 'MeshTimeout', mesh: 'default', name: 't', spec: { to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: '1h' } }] } } })).json).toEqual({});
    expect((await server.call('GET', '/meshes/default/meshtimeouts/t')).json?.['labels']).toEqual({ 'kuma.io/mesh': 'default' });
  });
});
