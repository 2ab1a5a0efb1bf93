import { ask, BUCKETS, REQUESTS, type SyncApply, type SyncPeer } from '@weft/bus';
import { encodeResource, wireName } from '@weft/kds-core';
import { sha256Hex } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Resource, ResourceType } from '@weft/resource-model';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

const GLOBAL: SyncPeer = { side: 'global' };
const EAST: SyncPeer = { side: 'zone', zone: 'east', hashedNames: true };
const WEST: SyncPeer = { side: 'zone', zone: 'west', hashedNames: true };

function typeOf(name: string): ResourceType {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

function resource(type: string, name: string, more: Partial<Resource> = {}): Resource {
  return { type, mesh: typeOf(type).scope === 'Mesh' ? 'default' : '', name, labels: {}, creationTime: '', modificationTime: '', version: 0, spec: {}, ...more };
}

function item(one: Resource): SyncApply['items'][number] {
  const body = encodeResource(typeOf(one.type), one);
  return { name: wireName(one), version: sha256Hex(body), body: Buffer.from(body).toString('base64') };
}

const timeout = (name: string, seconds: number): Resource => resource('MeshTimeout', name, { labels: { 'kuma.io/origin': 'global' }, spec: { targetRef: { kind: 'Mesh' }, from: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: `${seconds}s` } }] } });
const dataplane = (name: string, address = '10.0.0.1'): Resource => resource('Dataplane', name, { spec: { networking: { address, inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } } });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let server: TestStore;

const apply = (from: SyncPeer, type: string, items: readonly Resource[], removed: readonly string[] = []): Promise<{ readonly rejected: readonly { readonly name: string; readonly reason: string }[] }> =>
  ask(server.ports.bus, REQUESTS.syncApply, { from, type, items: items.map(item), removed, writer: 'test' });
const held = async (from: SyncPeer, type: string): Promise<Readonly<Record<string, string>>> => Object.fromEntries((await ask(server.ports.bus, REQUESTS.syncHeld, { from, type })).held);
const stored = (type: string, name: string): Promise<Resource | undefined> => server.ports.store.get({ type, mesh: typeOf(type).scope === 'Mesh' ? 'default' : '', name });

describe('resources of the global control plane in a zone', () => {
  beforeEach(async () => {
    server = await startForTest({ config: { ...TEST_CONFIG, multizone: { ...TEST_CONFIG.multizone, zone: { name: 'east', globalAddress: 'grpc://global:5685' } } } });
  });
  afterEach(() => server.app.close());

  it('are kept, known by their version, and cost no second write', async () => {
    await apply(GLOBAL, 'MeshTimeout', [timeout('a', 1), timeout('b', 2)]);
    const head = await server.ports.store.head();
    expect(await apply(GLOBAL, 'MeshTimeout', [timeout('a', 1)])).toEqual({ rejected: [] });
    expect(await server.ports.store.head()).toEqual(head);
    expect(await held(GLOBAL, 'MeshTimeout')).toEqual({ 'a.default': item(timeout('a', 1)).version, 'b.default': item(timeout('b', 2)).version });
    await apply(GLOBAL, 'MeshTimeout', [timeout('a', 3)], ['b.default', 'unknown.default']);
    expect(await held(GLOBAL, 'MeshTimeout')).toEqual({ 'a.default': item(timeout('a', 3)).version });
    expect((await stored('MeshTimeout', 'a'))?.spec).toMatchObject({ from: [{ default: { connectionTimeout: '3s' } }] });
  });

  it('have no version where what is stored is not what was noted', async () => {
    await apply(GLOBAL, 'MeshTimeout', [timeout('a', 1)]);
    const before = await stored('MeshTimeout', 'a');
    await apply(GLOBAL, 'MeshTimeout', [timeout('a', 2)]);
    // As after a restore of the store from a backup.
    if (before !== undefined) await server.ports.store.commit({ writes: [{ op: 'put', resource: before, expect: 'any' }] });
    expect(await held(GLOBAL, 'MeshTimeout')).toEqual({ 'a.default': '' });
  });

  it('are refused one by one', async () => {
    const bad = resource('MeshTimeout', 'bad', { spec: { targetRef: { kind: 'Nothing' } } });
    const { rejected } = await apply(GLOBAL, 'MeshTimeout', [timeout('a', 1), bad]);
    expect(rejected).toMatchObject([{ name: 'bad.default' }]);
    expect(rejected[0]?.reason).toContain('spec.targetRef.kind');
    expect(Object.keys(await held(GLOBAL, 'MeshTimeout'))).toEqual(['a.default']);
  });

  it("do not take the place of the zone's own, nor the secrets that each control plane makes", async () => {
    await apply(GLOBAL, 'Mesh', [resource('Mesh', 'default')]);
    await server.call('PUT', '/meshes/default/meshtimeouts/mine', { json: { type: 'MeshTimeout', mesh: 'default', name: 'mine', labels: { 'kuma.io/origin': 'zone' }, spec: timeout('mine', 9).spec } });
    expect(await apply(GLOBAL, 'MeshTimeout', [timeout('mine', 1)])).toMatchObject({ rejected: [{ reason: expect.stringContaining('user error') as unknown }] });
    await apply(GLOBAL, 'MeshTimeout', [], ['mine.default']);
    expect(await stored('MeshTimeout', 'mine')).toMatchObject({ labels: { 'kuma.io/origin': 'zone' } });
    const key = resource('GlobalSecret', 'user-token-signing-key-1', { spec: { data: base64('x') } });
    expect(await apply(GLOBAL, 'GlobalSecret', [key])).toMatchObject({ rejected: [{ name: 'user-token-signing-key-1.' }] });
  });

  it('bring secrets, which are kept apart, and the public keys of zone tokens', async () => {
    const secret = resource('Secret', 'ca-key', { labels: { 'kuma.io/origin': 'global' }, spec: { data: base64('private') } });
    await apply(GLOBAL, 'Secret', [secret]);
    expect(JSON.stringify(await stored('Secret', 'ca-key'))).not.toContain(base64('private'));
    expect(await ask(server.ports.bus, REQUESTS.secretRead, { type: 'Secret', mesh: 'default', name: 'ca-key' })).toEqual({ data: base64('private') });
    const head = await server.ports.store.head();
    await apply(GLOBAL, 'Secret', [secret]);
    expect(await server.ports.store.head()).toEqual(head);
    await apply(GLOBAL, 'Secret', [{ ...secret, spec: { data: base64('other') } }]);
    expect(await ask(server.ports.bus, REQUESTS.secretRead, { type: 'Secret', mesh: 'default', name: 'ca-key' })).toEqual({ data: base64('other') });

    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'pkcs1', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });
    await apply(GLOBAL, 'GlobalSecret', [resource('GlobalSecret', 'zone-token-signing-public-key-3', { spec: { data: base64(publicKey) } })]);
    expect(await stored('TokenPublicKey', 'zone-3')).toMatchObject({ spec: { purpose: 'zone', kid: '3', publicKeyPem: expect.stringContaining('BEGIN PUBLIC KEY') as unknown } });
    await apply(GLOBAL, 'GlobalSecret', [], ['zone-token-signing-public-key-3.']);
    expect(await stored('TokenPublicKey', 'zone-3')).toBeUndefined();
  });

  it('a mesh that goes takes the own resources of the zone with it, not those that are synced by themselves', async () => {
    await apply(GLOBAL, 'Mesh', [resource('Mesh', 'default')]);
    await apply(GLOBAL, 'MeshTimeout', [timeout('a', 1)]);
    await server.call('PUT', '/meshes/default/dataplanes/dp-1', { json: { type: 'Dataplane', mesh: 'default', name: 'dp-1', ...(dataplane('dp-1').spec as object) } });
    expect(await stored('Dataplane', 'dp-1')).toBeDefined();
    await apply(GLOBAL, 'Mesh', [], ['default.']);
    expect(await stored('Dataplane', 'dp-1')).toBeUndefined();
    expect(await stored('MeshTimeout', 'a')).toBeDefined();
  });

  it('are refused as a whole under a lease that has passed on, and where the type does not come this way', async () => {
    const { bus } = server.ports;
    const grant = await ask(bus, REQUESTS.leaseAcquire, { lease: 'kds', holder: 'a', ttlMs: 60_000 });
    await ask(bus, REQUESTS.leaseRelease, { lease: 'kds', holder: 'a' });
    await ask(bus, REQUESTS.leaseAcquire, { lease: 'kds', holder: 'b', ttlMs: 60_000 });
    const late = ask(bus, REQUESTS.syncApply, { from: GLOBAL, type: 'MeshTimeout', items: [item(timeout('a', 1))], removed: [], writer: 'a', fence: { lease: 'kds', token: grant?.token ?? 0 } });
    await expect(late).rejects.toMatchObject({ code: 'store/fenced' });
    await expect(apply(GLOBAL, 'Dataplane', [dataplane('dp')])).rejects.toMatchObject({ code: 'request/invalid' });
  });
});

describe('resources of zones at the global control plane', () => {
  beforeEach(async () => {
    server = await startForTest({ config: { ...TEST_CONFIG, mode: 'global' } });
  });
  afterEach(() => server.app.close());

  it('are of the zone that sent them, whatever they say; others neither replace nor remove them', async () => {
    await apply(EAST, 'Dataplane', [{ ...dataplane('dp-1'), labels: { 'kuma.io/zone': 'west' } }]);
    expect(await stored('Dataplane', 'dp-1')).toMatchObject({ labels: { 'kuma.io/zone': 'east', 'kuma.io/origin': 'zone' } });
    expect(await apply(WEST, 'Dataplane', [dataplane('dp-1', '10.0.0.9')])).toMatchObject({ rejected: [{ name: 'dp-1.default' }] });
    await apply(WEST, 'Dataplane', [], ['dp-1.default']);
    expect(Object.keys(await held(EAST, 'Dataplane'))).toEqual(['dp-1.default']);
    expect(await held(WEST, 'Dataplane')).toEqual({});
    await apply(EAST, 'Dataplane', [], ['dp-1.default']);
    expect(await stored('Dataplane', 'dp-1')).toBeUndefined();
  });

  it('get the name of their zone before their own where that carries no hash', async () => {
    const old: SyncPeer = { side: 'zone', zone: 'old', hashedNames: false };
    await apply(old, 'Dataplane', [dataplane('dp-1')]);
    expect(await stored('Dataplane', 'old.dp-1')).toBeDefined();
    expect(Object.keys(await held(old, 'Dataplane'))).toEqual(['dp-1.default']);
    await apply(old, 'Dataplane', [], ['dp-1.default']);
    expect(await stored('Dataplane', 'old.dp-1')).toBeUndefined();
  });

  it('bring insights, which are observed state: shown with their proxy, and not in the store', async () => {
    await apply(EAST, 'Dataplane', [dataplane('dp-1')]);
    const head = await server.ports.store.head();
    const insight = resource('DataplaneInsight', 'dp-1', { spec: { subscriptions: [{ id: '1', connectTime: '2026-01-01T00:00:00Z', status: {} }] } });
    await apply(EAST, 'DataplaneInsight', [insight]);
    await expect.poll(async () => (await server.call('GET', '/meshes/default/dataplanes/dp-1/_overview')).json).toMatchObject({ dataplaneInsight: { subscriptions: [{ id: '1' }] } });
    expect(await server.ports.store.head()).toEqual(head);
    expect(await held(EAST, 'DataplaneInsight')).toEqual({ 'dp-1.default': item(insight).version });
    await apply(EAST, 'DataplaneInsight', [], ['dp-1.default']);
    await expect.poll(() => held(EAST, 'DataplaneInsight')).toEqual({});
  });

  it('bring insights of ingresses, and where proxies stand, which the insight itself does not show', async () => {
    const lds = { state: 'NACK', since: '2026-01-01T00:00:00Z', message: 'cannot bind' };
    await apply(EAST, 'DataplaneInsight', [resource('DataplaneInsight', 'dp-1', { spec: { metadata: { version: '1', 'weft.xds': { lds } }, subscriptions: [{ connectTime: '2026-01-01T00:00:00Z' }] } })]);
    await expect.poll(async () => (await server.call('GET', '/_xds')).json).toMatchObject({ items: [{ mesh: 'default', name: 'dp-1', zone: 'east', state: 'NACK', types: { lds } }] });
    const ingress = resource('ZoneIngressInsight', 'in-1', { mesh: '', spec: { subscriptions: [{ id: '2', connectTime: '2026-01-01T00:00:00Z' }] } });
    await apply(EAST, 'ZoneIngressInsight', [ingress]);
    await expect.poll(() => held(EAST, 'ZoneIngressInsight')).toEqual({ 'in-1.': item(ingress).version });
    expect(Object.keys(await held(EAST, 'DataplaneInsight'))).toEqual(['dp-1.default']);
    await apply(EAST, 'ZoneIngressInsight', [], ['in-1.']);
    await expect.poll(() => held(EAST, 'ZoneIngressInsight')).toEqual({});
  });

  it('are listed in parts where they are many', async () => {
    const many = Array.from({ length: 2_500 }, (_, at) => dataplane(`dp-${at}`));
    await apply(EAST, 'Dataplane', many);
    const first = await ask(server.ports.bus, REQUESTS.syncHeld, { from: EAST, type: 'Dataplane' });
    const second = await ask(server.ports.bus, REQUESTS.syncHeld, { from: EAST, type: 'Dataplane', after: first.more ?? '' });
    expect(second.more).toBeUndefined();
    expect(new Set([...first.held, ...second.held].map(([name]) => name)).size).toBe(2_500);
    expect((await (await server.ports.bus.bucket(BUCKETS.syncedVersions.name)).entries()).length).toBe(2_500);
  });
});
