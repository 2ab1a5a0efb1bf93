import type { Document } from '@weft/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StockBinaries } from '../harness/stock-binaries.ts';
import { StockPlane } from '../harness/stock-plane.ts';

const LATER = { timeout: 60_000, interval: 100 };

const ours = StockBinaries.ours();
const given = StockBinaries.given();
const pairs = [
  { global: 'ours', zone: 'ours', programs: { global: ours, zone: ours } },
  ...(given === undefined ? [] : [
    { global: 'ours', zone: 'stock', programs: { global: ours, zone: given } },
    { global: 'stock', zone: 'ours', programs: { global: given, zone: ours } },
  ]),
];

afterAll(() => [ours, given].forEach((binaries) => binaries?.remove()));

it.skipIf(given === undefined)('a stock kuma-cp takes either part (left out where KUMA_BIN names no folder with it)', () => {
  expect(pairs).toHaveLength(3);
});

interface Listed {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Ours in both parts proves the driver everywhere; each part with a stock one where `KUMA_BIN` names its folder. */
describe.each(pairs)('global control plane: $global, zone: $zone', ({ programs }) => {
  let global: StockPlane;
  let zone: StockPlane;
  beforeAll(async () => {
    global = await StockPlane.start(programs.global.path('kuma-cp'), { mode: 'global' });
    zone = await StockPlane.start(programs.zone.path('kuma-cp'), { mode: 'zone', name: 'east', kdsPort: global.kdsPort });
  });
  afterAll(async () => {
    await zone.close();
    await global.close();
  });

  /** Resources by the names that people gave them. */
  const named = async (plane: StockPlane, path: string): Promise<Readonly<Record<string, Listed>>> => {
    const { items } = (await plane.api.getJson(path)) as unknown as { readonly items: readonly Listed[] };
    return Object.fromEntries(items.map((item) => [item.labels?.['kuma.io/display-name'] ?? item.name, item]));
  };

  it('the zone is known at the global control plane, and connected', async () => {
    const insight = async (): Promise<unknown> => (await global.api.find('/zones/east/_overview'))?.['zoneInsight'];
    await expect.poll(insight, LATER).toMatchObject({ subscriptions: [expect.objectContaining({ connectTime: expect.any(String) as string })] });
  });

  it('a mesh with mTLS goes down, with its CA and the keys of its tokens', async () => {
    await global.api.put('/meshes/shop', { type: 'Mesh', name: 'shop', mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } });
    await expect.poll(() => zone.api.find('/meshes/shop'), LATER).toMatchObject({ mtls: { enabledBackend: 'ca-1' } });
    await expect.poll(async () => Object.keys(await named(zone, '/meshes/shop/secrets')), LATER).toEqual(expect.arrayContaining(['shop.ca-builtin-cert-ca-1', 'shop.ca-builtin-key-ca-1']));
    await expect.poll(() => zone.api.issueToken('dataplane', { mesh: 'shop', name: 'web-1', validFor: '1h' }).then(() => true, () => false), LATER).toBe(true);
  });

  it('a policy goes down under a name of its own, is changed there, and goes', async () => {
    const patience = (connectionTimeout: string): Document => ({ type: 'MeshTimeout', mesh: 'shop', name: 'patience', spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout } }] } });
    const policies = (): Promise<Readonly<Record<string, Listed>>> => named(zone, '/meshes/shop/meshtimeouts');
    await global.api.put('/meshes/shop/meshtimeouts/patience', patience('7s'));
    await expect.poll(policies, LATER).toMatchObject({ patience: { name: expect.stringMatching(/^patience-[a-z0-9]{16}$/) as string, labels: { 'kuma.io/origin': 'global' } } });
    await global.api.put('/meshes/shop/meshtimeouts/patience', patience('8s'));
    await expect.poll(policies, LATER).toMatchObject({ patience: { spec: { to: [{ default: { connectionTimeout: '8s' } }] } } });
    await global.api.delete('/meshes/shop/meshtimeouts/patience');
    await expect.poll(policies, LATER).not.toHaveProperty('patience');
  });

  it('a Dataplane and a policy of the zone go up, with the zone in their labels, and go', async () => {
    await zone.api.put('/meshes/shop/dataplanes/web-1', { type: 'Dataplane', mesh: 'shop', name: 'web-1', networking: { address: '192.0.2.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web' } }] } });
    await zone.api.put('/meshes/shop/meshtimeouts/own', { type: 'MeshTimeout', mesh: 'shop', name: 'own', labels: { 'kuma.io/origin': 'zone' }, spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '9s' } }] } });
    const seen = { labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' } };
    await expect.poll(() => named(global, '/meshes/shop/dataplanes'), LATER).toMatchObject({ 'web-1': seen });
    await expect.poll(() => named(global, '/meshes/shop/meshtimeouts'), LATER).toMatchObject({ own: seen });
    await zone.api.delete('/meshes/shop/dataplanes/web-1');
    await expect.poll(() => named(global, '/meshes/shop/dataplanes'), LATER).not.toHaveProperty('web-1');
  });

  it('both stay connected: nothing was refused', async () => {
    const { zoneInsight } = (await global.api.getJson('/zones/east/_overview')) as unknown as { readonly zoneInsight: { readonly subscriptions: readonly { readonly disconnectTime?: string; readonly status: { readonly total: Readonly<Record<string, string>> } }[] } };
    const last = zoneInsight.subscriptions.at(-1);
    expect(last?.disconnectTime).toBeUndefined();
    expect(last?.status.total['responsesRejected'] ?? '0').toBe('0');
  });
});
