import type { Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import type { Clock } from '@weft/kernel';
import type { ZoneLivenessSpec } from '@weft/resource-model';
import { systemClock } from '@weft/service-runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { GLOBAL_CONFIG, startGlobal, type GlobalForTest } from '../global/testing/global-for-test.ts';
import { FederatedZone } from './testing/federated-zone.ts';

const LIMIT = { timeout: 30_000 };
const MINUTES_7 = 7 * 60_000;

const running: (GlobalForTest | FederatedZone)[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
});

function skewed(byMs: number): Clock {
  return { now: () => systemClock.now() + byMs, after: (delayMs, task) => systemClock.after(delayMs, task) };
}

/** Where time passes so slowly that a name is not lost because the machine is busy. */
const SLOW: Clock = { now: () => systemClock.now(), after: (delayMs, task) => systemClock.after(delayMs * 20, task) };

async function global(bus?: Bus): Promise<GlobalForTest> {
  const started = await startGlobal(GLOBAL_CONFIG, bus && { bus });
  running.push(started);
  return started;
}

async function zone(name: string, address: () => string, clock?: Clock): Promise<FederatedZone> {
  const started = await FederatedZone.start({ name, global: address, ...(clock && { clock }) });
  running.push(started);
  return started;
}

const connected = (one: FederatedZone): number => one.held()['zone_sync_connected'] ?? 0;
const inStep = (one: FederatedZone): Promise<void> => expect.poll(() => one.held(), LIMIT).toMatchObject({ zone_sync_connected: 1, zone_sync_due: 0 });
const overview = async (one: FederatedZone, name: string): Promise<unknown> => (await one.store.call('GET', `/zones/${name}/_overview`)).json;

it('of two control planes that claim one name at two replicas at once one comes in; the other says why not, and follows when that one is gone', async () => {
  const plane = await global(createMemoryBus({ clock: SLOW }));
  const second = await plane.replica('global-2');
  const claimants = await Promise.all([plane.sync, second].map((replica) => zone('east', () => replica.addresses['kds'] ?? '')));
  await expect.poll(() => claimants.map(connected).sort(), LIMIT).toEqual([0, 1]);
  const winner = claimants.find((one) => connected(one) === 1) as FederatedZone;
  const loser = claimants.find((one) => one !== winner) as FederatedZone;
  await expect.poll(() => overview(loser, 'east'), LIMIT).toMatchObject({ zoneInsight: { incidents: expect.arrayContaining([expect.objectContaining({ kind: 'failed', reason: expect.stringContaining('connected from another control plane') as string })]) as unknown } });
  await expect.poll(() => claimants.map(connected), LIMIT).toEqual(claimants.map((one) => (one === winner ? 1 : 0)));
  await winner.leave();
  await inStep(loser);
}, 90_000);

describe.each([MINUTES_7, -MINUTES_7])('a zone and a replica of the global control plane with clocks %i ms from the others', (byMs) => {
  it('is in step both ways, counts as alive while it lives, and as dead when it does not', async () => {
    const plane = await global();
    const second = await plane.replica('global-2', skewed(byMs));
    const east = await zone('east', () => second.addresses['kds'] ?? '', skewed(-byMs));
    const west = await zone('west', () => plane.sync.addresses['kds'] ?? '');
    const told = async (): Promise<unknown> => Object.fromEntries((await west.store.ports.store.list('ZoneLiveness')).map(({ spec }) => spec as ZoneLivenessSpec).map(({ zone: name, online }) => [name, online]));
    await Promise.all([inStep(east), inStep(west)]);
    await plane.store.call('PUT', '/meshes/default/meshtimeouts/t', { json: { type: 'MeshTimeout', mesh: 'default', name: 't', spec: { targetRef: { kind: 'Mesh' }, rules: [{ default: { connectionTimeout: '7s' } }] } } });
    await east.store.call('PUT', '/meshes/default/dataplanes/dp-1', { json: { type: 'Dataplane', mesh: 'default', name: 'dp-1', networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } } });
    await expect.poll(async () => (await east.store.ports.store.list('MeshTimeout')).map(({ labels }) => labels['kuma.io/display-name']), LIMIT).toContain('t');
    await expect.poll(async () => (await plane.store.ports.store.list('Dataplane')).map(({ labels }) => labels['kuma.io/display-name']), LIMIT).toEqual(['dp-1']);
    await expect.poll(told, LIMIT).toEqual({ east: true, west: true });
    await east.leave();
    await expect.poll(told, LIMIT).toEqual({ east: false, west: true });
    await east.join();
    await expect.poll(told, LIMIT).toEqual({ east: true, west: true });
    await inStep(east);
    expect([east, west].map((one) => one.held()['zone_sync_stalls'])).toEqual([0, 0]);
  }, 120_000);
});
