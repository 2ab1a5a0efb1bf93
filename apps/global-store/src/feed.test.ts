import { consumeFeed } from '@weft/feed';
import type { ChangeRecord, Resource } from '@weft/resource-model';
import { silentLogger } from '@weft/service-runtime/testing';
import { systemClock } from '@weft/service-runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from './testing/start-for-test.ts';

/** What a consumer in another app learns of writes through the API. */
describe('the feed of global-store', () => {
  let server: TestStore;
  let snapshot: readonly Resource[] = [];
  let records: ChangeRecord[] = [];
  let closeFeed: () => Promise<void>;

  beforeEach(async () => {
    server = await startForTest();
    records = [];
    const consumer = consumeFeed({
      bus: server.ports.bus,
      clock: systemClock,
      log: silentLogger,
      onSnapshot: ({ resources }) => {
        snapshot = resources;
      },
      onChanges: (more) => {
        records.push(...more);
      },
    });
    closeFeed = () => consumer.close();
    await consumer.ready;
    await expect.poll(() => consumer.appliedTo()).toEqual(await server.ports.store.head());
  });
  afterEach(async () => {
    await closeFeed();
    await server.app.close();
  });

  const ops = (): string[] => records.map(({ change }) => `${change.op} ${change.op === 'put' ? `${change.resource.type}/${change.resource.name}` : `${change.key.type}/${change.key.name}`}`);

  it('a mesh comes with its signing key and default policies in one batch, and goes whole', async () => {
    await server.call('PUT', '/meshes/m1', { json: { type: 'Mesh', name: 'm1' } });
    const created = [
      'put Mesh/m1',
      'envelope Secret/dataplane-token-signing-key-m1-1',
      'put TokenPublicKey/dataplane-m1-1',
      'put MeshTimeout/mesh-timeout-all-m1',
      'put MeshTimeout/mesh-gateways-timeout-all-m1',
      'put MeshCircuitBreaker/mesh-circuit-breaker-all-m1',
      'put MeshRetry/mesh-retry-all-m1',
    ];
    await expect.poll(ops).toEqual(created);
    const first = records[0]?.revision.n ?? 0;
    expect(records.map(({ revision }) => revision.n - first)).toEqual(created.map((_op, index) => index));
    records = [];
    expect((await server.call('DELETE', '/meshes/m1')).status).toBe(200);
    await expect.poll(() => ops().at(-1)).toBe('delete Mesh/m1');
    expect(ops().sort()).toEqual(created.map((op) => op.replace(/^\w+/, 'delete')).sort());
    expect(await server.ports.store.readSecret({ type: 'Secret', mesh: 'm1', name: 'dataplane-token-signing-key-m1-1' })).toBeUndefined();
  });

  it('a mesh may be without default policies', async () => {
    await server.call('PUT', '/meshes/m2', { json: { type: 'Mesh', name: 'm2', skipCreatingInitialPolicies: ['*'] } });
    await expect.poll(ops).toEqual(['put Mesh/m2', 'envelope Secret/dataplane-token-signing-key-m2-1', 'put TokenPublicKey/dataplane-m2-1']);
  });

  it('a mesh in use stays', async () => {
    await server.call('PUT', '/meshes/default/dataplanes/a', { json: { type: 'Dataplane', mesh: 'default', name: 'a', networking: { address: '10.0.0.1', inbound: [{ port: 1, tags: { 'kuma.io/service': 'a' } }] } } });
    expect(await server.call('DELETE', '/meshes/default')).toMatchObject({
      status: 400,
      json: { title: 'Could not delete a resource', invalid_parameters: [{ field: 'mesh', reason: 'unable to delete mesh, there are still some dataplanes attached' }] },
    });
  });

  it('secret content never rides it, but a change of content shows', async () => {
    const put = (content: string): ReturnType<TestStore['call']> => server.call('PUT', '/meshes/default/secrets/s', { json: { type: 'Secret', mesh: 'default', name: 's', data: Buffer.from(content).toString('base64') } });
    for (const content of ['sesame', 'sesame', 'changed']) await put(content);
    await expect.poll(ops).toEqual(['envelope Secret/s', 'envelope Secret/s', 'envelope Secret/s']);
    const digests = records.map(({ change }) => (change.op === 'envelope' ? change.digest : ''));
    expect(digests[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
    const everything = JSON.stringify([snapshot, records]);
    for (const content of ['sesame', 'changed']) expect(everything).not.toContain(Buffer.from(content).toString('base64'));
    expect(everything).not.toContain('PRIVATE KEY');
  });

  it('sensitive fields of other types stay behind too, and only administrators see them', async () => {
    const conf = { cert: { inlineString: 'CERT' }, key: { inlineString: 'KEY-MATERIAL' } };
    const mtls = { skipValidation: true, backends: [{ name: 'ca', type: 'provided', conf }] };
    expect(await server.call('PUT', '/meshes/m3', { json: { type: 'Mesh', name: 'm3', mtls, skipCreatingInitialPolicies: ['*'] } })).toMatchObject({ status: 201 });
    await expect.poll(ops).toContain('put Mesh/m3');
    expect(JSON.stringify(records)).not.toContain('KEY-MATERIAL');
    expect((await server.call('GET', '/meshes/m3')).json).toMatchObject({ mtls });
    const anonymous = await server.call('GET', '/meshes/m3', { headers: { 'x-forwarded-for': '10.0.0.1' } });
    expect(anonymous.text).toContain('CERT');
    expect(anonymous.text).not.toContain('KEY-MATERIAL');

    // Whoever writes back what they could see loses nothing; a new value replaces, and with the field its secret goes.
    const elsewhere = { 'x-forwarded-for': '10.0.0.1' };
    expect((await server.call('PUT', '/meshes/m3', { json: anonymous.json, headers: elsewhere })).status).toBe(200);
    expect((await server.call('GET', '/meshes/m3')).json).toMatchObject({ mtls });
    const renewed = { skipValidation: true, backends: [{ name: 'ca', type: 'provided', conf: { ...conf, key: { inlineString: 'KEY-2' } } }] };
    await server.call('PUT', '/meshes/m3', { json: { type: 'Mesh', name: 'm3', mtls: renewed } });
    expect((await server.call('GET', '/meshes/m3')).json).toMatchObject({ mtls: renewed });
    await server.call('PUT', '/meshes/m3', { json: { type: 'Mesh', name: 'm3' } });
    expect(await server.ports.store.readSecret({ type: 'Mesh', mesh: '', name: 'm3' })).toBeUndefined();
  });
});
