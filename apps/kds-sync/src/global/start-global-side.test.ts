import { decodeResource, encodeResource, syncedTypes, toGlobal } from '@weft/kds-core';
import { sha256Hex } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Resource, ResourceType } from '@weft/resource-model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GLOBAL_CONFIG, startGlobal, STOCK_CALL, WEFT_CALL, type GlobalForTest } from './testing/global-for-test.ts';
import { ZoneForTest } from './testing/zone-for-test.ts';

const TYPES = syncedTypes(weftRegistry, 'global-to-zone', false).map(({ name }) => name);

let global: GlobalForTest;

beforeEach(async () => {
  global = await startGlobal();
});

afterEach(() => global.close());

function typeNamed(name: string): ResourceType {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(name);
  return type;
}

function resource(type: string, name: string, spec: unknown): Resource {
  return { type, mesh: 'default', name, labels: {}, creationTime: '', modificationTime: '', version: 0, spec };
}

/** Sends a resource as its zone does; gives its wire name. */
function send(zone: ZoneForTest, sent: Resource, from = 'zone-1'): string {
  const encoded = toGlobal(sent, from);
  const body = encodeResource(typeNamed(sent.type), encoded);
  const wire = `${encoded.name}.${encoded.mesh}`;
  zone.set(sent.type, wire, { name: wire, version: sha256Hex(body), body });
  return wire;
}

const timeout = (http: string) => ({ targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: http } } }] });
const DATAPLANE = { networking: { address: '192.0.2.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } };

const joined = (weft = false, options: Partial<ConstructorParameters<typeof ZoneForTest>[1]> = {}): ZoneForTest =>
  new ZoneForTest(global.link(weft ? WEFT_CALL : STOCK_CALL), { name: weft ? 'east' : 'zone-1', weft, types: TYPES, ...options });

const kept = (zone: ZoneForTest, type: string): readonly string[] => [...zone.kept.keys()].filter((key) => key.startsWith(`${type} `));

describe('a zone that joins', () => {
  it.each([false, true])('gets what the global control plane has, and what changes (Weft: %s)', async (weft) => {
    const zone = joined(weft);
    await expect.poll(() => zone.outstanding()).toEqual([]);
    expect(kept(zone, 'Mesh')).toEqual(['Mesh default.']);
    expect(kept(zone, 'GlobalSecret')).toEqual(['GlobalSecret zone-token-signing-public-key-1.']);
    await global.store.call('PUT', '/meshes/default/meshtimeouts/slow', { json: { type: 'MeshTimeout', mesh: 'default', name: 'slow', spec: timeout('7s') } });
    await expect.poll(() => kept(zone, 'MeshTimeout').filter((key) => key.includes('slow-'))).toHaveLength(1);
    await global.store.call('DELETE', '/meshes/default/meshtimeouts/slow');
    await expect.poll(() => kept(zone, 'MeshTimeout').filter((key) => key.includes('slow-'))).toEqual([]);
    expect(zone.errors).toEqual([]);
  });

  it('is known from then on, by a Zone', async () => {
    joined();
    await expect.poll(async () => (await global.store.call('GET', '/zones/zone-1')).json).toMatchObject({ type: 'Zone', name: 'zone-1', enabled: true });
  });

  it('brings its resources, which come and go with it', async () => {
    const zone = joined();
    send(zone, resource('Dataplane', 'web-1', DATAPLANE));
    const dataplanes = async (): Promise<unknown[]> => ((await global.store.call('GET', '/meshes/default/dataplanes')).json?.['items'] ?? []) as unknown[];
    await expect.poll(dataplanes).toEqual([expect.objectContaining({ labels: expect.objectContaining({ 'kuma.io/zone': 'zone-1', 'kuma.io/origin': 'zone', 'kuma.io/display-name': 'web-1' }) })]);
    const wire = send(zone, resource('Dataplane', 'web-1', { networking: { ...DATAPLANE.networking, address: '192.0.2.2' } }));
    await expect.poll(dataplanes).toEqual([expect.objectContaining({ networking: expect.objectContaining({ address: '192.0.2.2' }) })]);
    zone.set('Dataplane', wire, undefined);
    await expect.poll(dataplanes).toEqual([]);
  });

  it('is told what is wrong with one resource, while the others are kept', async () => {
    const zone = joined();
    await expect.poll(() => zone.outstanding()).toEqual([]);
    send(zone, resource('MeshTimeout', 'broken', { targetRef: { kind: 'Nothing' } }));
    await expect.poll(() => zone.rejected).toEqual([expect.stringContaining('broken')]);
    send(zone, resource('Dataplane', 'web-1', DATAPLANE));
    await expect.poll(async () => (await global.store.call('GET', '/meshes/default/dataplanes')).json?.['total']).toBe(1);
    expect(zone.errors).toEqual([]);
  });
});

describe('zones of one mesh', () => {
  const service = { ports: [{ port: 80, targetPort: 80, appProtocol: 'http' }], selector: { dataplaneTags: { 'kuma.io/service': 'web' } } };

  it('see each other’s services under the names of the global control plane, until a zone is disabled', async () => {
    const [one, two] = [joined(), joined(true)];
    await expect.poll(() => two.outstanding()).toEqual([]);
    send(one, resource('MeshService', 'web', service));
    await expect.poll(() => kept(two, 'MeshService')).toHaveLength(1);
    const [key = ''] = kept(two, 'MeshService');
    const decoded = decodeResource(typeNamed('MeshService'), two.bodies.get(key) ?? new Uint8Array());
    expect(decoded).toMatchObject({ value: { labels: { 'kuma.io/origin': 'global', 'kuma.io/zone': 'zone-1', 'kuma.io/display-name': 'web' } } });
    expect(kept(one, 'MeshService')).toEqual([]);
    await global.store.call('PUT', '/zones/zone-1', { json: { type: 'Zone', name: 'zone-1', enabled: false } });
    await expect.poll(() => kept(two, 'MeshService')).toEqual([]);
    await global.store.call('PUT', '/zones/zone-1', { json: { type: 'Zone', name: 'zone-1', enabled: true } });
    await expect.poll(() => kept(two, 'MeshService')).toHaveLength(1);
  });
});

it('listens where it is told, and says so', () => {
  expect(GLOBAL_CONFIG.multizone.global.kds.interface).toBe('127.0.0.1');
  expect(global.sync.addresses['kds']).toMatch(/^127\.0\.0\.1:\d+$/);
});
