import { encodeResource, syncedTypes } from '@weft/kds-core';
import { weftRegistry } from '@weft/policy-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GLOBAL_CONFIG, startGlobal, type GlobalForTest } from '../global/testing/global-for-test.ts';
import { ZoneForTest } from '../global/testing/zone-for-test.ts';
import { FederatedZone } from './testing/federated-zone.ts';

const DOWN = syncedTypes(weftRegistry, 'global-to-zone', false).map(({ name }) => name);

describe('who is let in where zones need a token', () => {
  let global: GlobalForTest;
  const zones: FederatedZone[] = [];
  beforeAll(async () => {
    global = await startGlobal({ ...GLOBAL_CONFIG, kds: { auth: 'token' } });
  });
  afterAll(async () => {
    for (const zone of zones) await zone.close();
    await global.close();
  });

  const token = async (zone: string, scope = 'cp'): Promise<string> => (await global.store.call('POST', '/tokens/zone', { json: { zone, scope: [scope], validFor: '1h' } })).text;
  const join = async (name: string, given: string): Promise<FederatedZone> => {
    const zone = await FederatedZone.start({ name, global: () => global.sync.addresses['kds'] ?? '', kds: { token: given } });
    zones.push(zone);
    return zone;
  };
  const meshes = async (zone: FederatedZone): Promise<number> => (await zone.store.ports.store.list('Mesh')).length;
  const refused = async (zone: FederatedZone, times = 2): Promise<void> => {
    await expect.poll(() => zone.held()['zone_sync_restarts']).toBeGreaterThanOrEqual(times);
    expect(await meshes(zone)).toBe(0);
    expect(zone.held()).toMatchObject({ zone_sync_connected: 0 });
  };

  it('a zone with its token is, one without, with that of another zone or of another scope is not', async () => {
    const good = await join('good', await token('good'));
    await expect.poll(() => meshes(good)).toBe(1);
    await refused(await join('none', ''));
    await refused(await join('other', await token('good')));
    await refused(await join('scope', await token('scope', 'ingress')));
    await refused(await join('garbage', 'garbage'));
  });

  it('a token that is revoked ends the link, and does not come back', async () => {
    const given = await token('late');
    const zone = await join('late', given);
    await expect.poll(() => zone.held()['zone_sync_connected']).toBe(1);
    const { jti } = JSON.parse(Buffer.from(given.split('.')[1] ?? '', 'base64url').toString()) as { readonly jti: string };
    await global.store.call('PUT', '/global-secrets/zone-token-revocations', { json: { type: 'GlobalSecret', name: 'zone-token-revocations', data: Buffer.from(jti).toString('base64') } });
    await expect.poll(() => zone.held()).toMatchObject({ zone_sync_connected: 0 });
    await expect.poll(() => zone.held()['zone_sync_restarts']).toBeGreaterThanOrEqual(2);
    expect(zone.held()).toMatchObject({ zone_sync_connected: 0 });
  });
});

describe('zones of one name, and old ones', () => {
  let global: GlobalForTest;
  const zones: FederatedZone[] = [];
  beforeAll(async () => {
    global = await startGlobal();
  });
  afterAll(async () => {
    for (const zone of zones) await zone.close();
    await global.close();
  });

  const join = async (name: string): Promise<FederatedZone> => {
    const zone = await FederatedZone.start({ name, global: () => global.sync.addresses['kds'] ?? '' });
    zones.push(zone);
    return zone;
  };

  it('of two control planes that claim one name the first keeps it; the other comes in when it is gone', async () => {
    const first = await join('east');
    await expect.poll(() => first.held()['zone_sync_connected']).toBe(1);
    const second = await join('east');
    await expect.poll(() => second.held()['zone_sync_restarts']).toBeGreaterThanOrEqual(2);
    expect(second.held()).toMatchObject({ zone_sync_connected: 0 });
    expect(first.held()).toMatchObject({ zone_sync_connected: 1 });
    await first.leave();
    await expect.poll(() => second.held()['zone_sync_connected']).toBe(1);
  });

  it('a zone without features gets plain names, nothing that it would not understand, and its own names carry that of the zone', async () => {
    const link = global.link({ zone: 'old', features: new Set(), version: '2.5.0' });
    const old = new ZoneForTest(link, { name: 'old', weft: false, types: DOWN, metadata: { features: [] } });
    await expect.poll(() => old.outstanding()).toEqual([]);
    expect([...old.kept.keys()]).toContain('MeshTimeout mesh-timeout-all-default.default');
    const type = weftRegistry.byName('Dataplane');
    if (type === undefined) throw new Error('no Dataplane');
    const body = encodeResource(type, { type: 'Dataplane', mesh: 'default', name: 'dp-1', labels: {}, creationTime: '', modificationTime: '', version: 0, spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } } });
    old.set('Dataplane', 'dp-1.default', { name: 'dp-1.default', version: '1', body });
    await expect.poll(async () => (await global.store.ports.store.list('Dataplane')).map(({ name }) => name)).toEqual(['old.dp-1']);
    old.set('Dataplane', 'dp-1.default', undefined);
    await expect.poll(() => global.store.ports.store.list('Dataplane')).toEqual([]);
  });
});
