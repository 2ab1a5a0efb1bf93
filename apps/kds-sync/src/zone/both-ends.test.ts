import { hashedName } from '@weft/kds-core';
import { KUMA_VERSION } from '@weft/resource-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGlobal, type GlobalForTest } from '../global/testing/global-for-test.ts';
import { FederatedZone } from './testing/federated-zone.ts';

interface Stored {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const timeout = (name: string, seconds: number) => ({ type: 'MeshTimeout', mesh: 'default', name, spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { connectionTimeout: `${seconds}s` } }] } });
const dataplane = (name: string) => ({ type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } });

/** A type that was refused rests for five seconds; on a busy machine each step takes its time on top. */
const LIMIT = { timeout: 60_000 };

describe('a global control plane and a zone of Weft', () => {
  let global: GlobalForTest;
  let zone: FederatedZone;
  beforeAll(async () => {
    global = await startGlobal();
    zone = await FederatedZone.start({ name: 'east', global: () => global.sync.addresses['kds'] ?? '' });
  });
  afterAll(async () => {
    await zone.close();
    await global.close();
  });

  const putGlobal = async (document: ReturnType<typeof timeout>): Promise<void> => {
    const { status, text } = await global.store.call('PUT', `/meshes/default/meshtimeouts/${document.name}`, { json: document });
    if (status >= 300) throw new Error(text);
  };
  const putZone = async (path: string, json: unknown): Promise<number> => (await zone.store.call('PUT', path, { json })).status;
  const listed = async (type: string, at: 'zone' | 'global'): Promise<readonly Stored[]> => (at === 'zone' ? zone.store : global.store).ports.store.list(type);
  const namesIn = async (type: string, at: 'zone' | 'global' = 'zone'): Promise<readonly string[]> => (await listed(type, at)).map(({ name, labels }) => labels['kuma.io/display-name'] ?? name).sort();
  const insightAt = (at: 'zone' | 'global'): ReturnType<typeof expect.poll> => expect.poll(async () => (await (at === 'zone' ? zone.store : global.store).call('GET', '/zone-insights/east')).json, LIMIT);
  const inStep = (): ReturnType<typeof expect.poll> => expect.poll(async () => ({ names: await namesIn('MeshTimeout'), due: zone.held()['zone_sync_due'] }));

  it('begin with the mesh, its policies and secrets; each change follows, deletes too', async () => {
    await expect.poll(() => namesIn('Mesh')).toEqual(['default']);
    await expect.poll(() => namesIn('Secret')).toContain('dataplane-token-signing-key-default-1');
    await expect.poll(async () => (await listed('TokenPublicKey', 'zone')).map(({ name }) => name)).toContain('zone-1');
    await expect.poll(async () => (await zone.store.call('GET', '/config/kuma-cluster-id')).status).toBeGreaterThan(0);
    await putGlobal(timeout('a', 1));
    await inStep().toEqual({ names: ['a', 'mesh-gateways-timeout-all-default', 'mesh-timeout-all-default'], due: 0 });
    await global.store.call('DELETE', '/meshes/default/meshtimeouts/a');
    await inStep().toMatchObject({ names: ['mesh-gateways-timeout-all-default', 'mesh-timeout-all-default'] });
    const id = async (store: typeof zone.store): Promise<unknown> => (await store.ports.store.get({ type: 'Config', mesh: '', name: 'kuma-cluster-id' }))?.spec;
    expect(await id(zone.store)).toEqual(await id(global.store));
  });

  it('what a zone makes is seen at the global control plane, as of that zone, and goes with its delete', async () => {
    await expect.poll(() => namesIn('Mesh')).toEqual(['default']);
    expect(await putZone('/meshes/default/dataplanes/dp-1', dataplane('dp-1'))).toBe(201);
    await expect.poll(() => listed('Dataplane', 'global')).toMatchObject([{ name: hashedName('default', 'dp-1', ['east']), labels: { 'kuma.io/zone': 'east', 'kuma.io/origin': 'zone', 'kuma.io/display-name': 'dp-1' } }]);
    await zone.store.call('DELETE', '/meshes/default/dataplanes/dp-1');
    await expect.poll(() => listed('Dataplane', 'global')).toEqual([]);
  });

  it('come back with the differences only', async () => {
    for (let at = 0; at < 30; at++) await putGlobal(timeout(`t-${at}`, at + 1));
    await expect.poll(async () => (await namesIn('MeshTimeout')).filter((name) => name.startsWith('t-')).length).toBe(30);
    await expect.poll(() => zone.held()).toMatchObject({ zone_sync_connected: 1, zone_sync_due: 0 });
    await zone.leave();
    await putGlobal(timeout('t-3', 99));
    await putGlobal(timeout('new', 1));
    await global.store.call('DELETE', '/meshes/default/meshtimeouts/t-4');
    zone.takeTraffic();
    await zone.join();
    await expect.poll(async () => (await namesIn('MeshTimeout')).filter((name) => ['new', 't-4'].includes(name))).toEqual(['new']);
    await expect.poll(() => zone.held()).toMatchObject({ zone_sync_due: 0, zone_sync_connected: 1 });
    expect(zone.takeTraffic()).toMatchObject({ items: 2, removed: 1 });
  });

  it('a name that the zone has taken is refused, in words, and comes when it is free', async () => {
    await expect.poll(() => namesIn('Mesh'), LIMIT).toContain('default');
    const taken = hashedName('default', 'clash', []);
    expect(await putZone(`/meshes/default/meshtimeouts/${taken}`, { ...timeout(taken, 1), labels: { 'kuma.io/origin': 'zone' } })).toBe(201);
    await putGlobal(timeout('clash', 7));
    await putGlobal(timeout('other', 8));
    await expect.poll(() => namesIn('MeshTimeout'), LIMIT).toContain('other');
    expect((await listed('MeshTimeout', 'zone')).find(({ name }) => name === taken)?.labels['kuma.io/origin']).toBe('zone');
    // Both may come in one response, of which the global control plane knows only that something in it was refused.
    const nacks = [expect.objectContaining({ type: 'MeshTimeout', message: expect.stringContaining('has the name of a resource of this zone') as string, resources: expect.arrayContaining([`${taken}.default`]) as unknown })];
    const refusing = expect.arrayContaining([expect.objectContaining({ nacks, version: { kumaCp: expect.objectContaining({ version: KUMA_VERSION }) as unknown } })]) as unknown;
    await insightAt('global').toMatchObject({ subscriptions: refusing });
    await insightAt('zone').toMatchObject({ subscriptions: refusing });
    await zone.store.call('DELETE', `/meshes/default/meshtimeouts/${taken}`);
    await expect.poll(async () => (await listed('MeshTimeout', 'zone')).find(({ name }) => name === taken)?.labels['kuma.io/origin'], LIMIT).toBe('global');
  }, 120_000);

  it('what the zone made is refused where its name is taken, and shown', async () => {
    await expect.poll(() => namesIn('Mesh'), LIMIT).toContain('default');
    const taken = hashedName('default', 'of-both', ['east']);
    await putGlobal(timeout(taken, 1));
    const own = { ...timeout('of-both', 2), labels: { 'kuma.io/origin': 'zone' } };
    expect(await putZone('/meshes/default/meshtimeouts/of-both', own)).toBe(201);
    await insightAt('global').toMatchObject({ refused: [{ type: 'MeshTimeout', message: expect.stringContaining('has the name of a resource that is not its own') as string, resources: [`${taken}.default`] }] });
    await zone.store.call('DELETE', '/meshes/default/meshtimeouts/of-both');
    await insightAt('global').not.toHaveProperty('refused');
    await global.store.call('DELETE', `/meshes/default/meshtimeouts/${taken}`);
  }, 120_000);

  it('names at the limit keep apart, and find each other again', async () => {
    const long = (end: string): string => `${'a'.repeat(249)}${end}`;
    await putGlobal(timeout(long('1'), 1));
    await putGlobal(timeout(long('2'), 2));
    await expect.poll(async () => (await listed('MeshTimeout', 'zone')).filter(({ name }) => name.startsWith('aaaa')).map(({ name }) => name.length)).toEqual([253, 253]);
    await zone.leave();
    zone.takeTraffic();
    await zone.join();
    await expect.poll(() => zone.held()).toMatchObject({ zone_sync_due: 0, zone_sync_connected: 1 });
    expect(zone.takeTraffic()).toMatchObject({ items: 0, removed: 0 });
    await global.store.call('DELETE', `/meshes/default/meshtimeouts/${long('1')}`);
    await expect.poll(async () => (await listed('MeshTimeout', 'zone')).filter(({ name }) => name.startsWith('aaaa')).length).toBe(1);
  });

  it('of two replicas of a zone one syncs; when it goes, the other does', async () => {
    await expect.poll(() => zone.held()['zone_sync_connected']).toBe(1);
    const second = await zone.join('east-second');
    expect(second.held?.()).toMatchObject({ zone_sync_connected: 0 });
    await zone.leave();
    const third = await zone.join('east-third');
    await expect.poll(() => third.held?.()).toMatchObject({ zone_sync_connected: 1 });
    await putGlobal(timeout('a', 1));
    await expect.poll(() => namesIn('MeshTimeout')).toContain('a');
  });

  it('a mesh that is deleted and made anew is the same at both ends', async () => {
    await global.store.call('PUT', '/meshes/shop', { json: { type: 'Mesh', name: 'shop' } });
    await global.store.call('PUT', '/meshes/shop/meshtimeouts/t', { json: { ...timeout('t', 1), mesh: 'shop' } });
    await expect.poll(() => namesIn('MeshTimeout')).toContain('t');
    await global.store.call('DELETE', '/meshes/shop');
    await global.store.call('PUT', '/meshes/shop', { json: { type: 'Mesh', name: 'shop' } });
    await global.store.call('PUT', '/meshes/shop/meshtimeouts/t', { json: { ...timeout('t', 1), mesh: 'shop' } });
    await expect.poll(() => namesIn('Mesh')).toEqual(['default', 'shop']);
    await expect.poll(() => zone.held()['zone_sync_due']).toBe(0);
    await expect.poll(async () => (await zone.store.ports.store.list('MeshTimeout', 'shop')).map(({ labels }) => labels['kuma.io/display-name']).sort()).toEqual((await global.store.ports.store.list('MeshTimeout', 'shop')).map(({ name }) => name).sort());
  });

  it('the zone says of itself since when it is synced, and since when not', async () => {
    const overview = async (): Promise<unknown> => (await zone.store.call('GET', '/zones/east/_overview')).json;
    await expect.poll(overview).toMatchObject({ zoneInsight: { subscriptions: expect.arrayContaining([expect.not.objectContaining({ disconnectTime: expect.any(String) as string })]) as unknown } });
    await zone.leave();
    await expect.poll(async () => JSON.stringify(await overview()).match(/"disconnectTime"/g)?.length ?? 0).toBeGreaterThan(0);
    await zone.join();
    await expect.poll(() => zone.held()['zone_sync_connected']).toBe(1);
  });

  it('what only the global control plane writes is not written in a zone', async () => {
    expect((await zone.store.call('PUT', '/meshes/other', { json: { type: 'Mesh', name: 'other' } })).status).toBe(405);
    await expect.poll(() => namesIn('MeshTimeout')).toContain('mesh-timeout-all-default');
    const [synced] = (await listed('MeshTimeout', 'zone')).filter(({ labels }) => labels['kuma.io/display-name'] === 'mesh-timeout-all-default');
    expect(await putZone(`/meshes/default/meshtimeouts/${synced?.name ?? ''}`, { ...timeout(synced?.name ?? '', 1), labels: { 'kuma.io/origin': 'global' } })).toBe(400);
    expect(await zone.store.call('DELETE', `/meshes/default/meshtimeouts/${synced?.name ?? ''}`)).toMatchObject({ status: 405, text: expect.stringContaining('delete it there, as \\"mesh-timeout-all-default\\"') as unknown });
  });
});
