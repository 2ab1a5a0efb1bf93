import { BUCKETS, bucketKey, type Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { FakeClock } from '@weft/kernel/testing';
import { systemClock } from '@weft/service-runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ObservedZones } from './observed-zones.ts';

const AT = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;

let bus: Bus;
let zones: ObservedZones;

beforeEach(async () => {
  bus = createMemoryBus({ clock: systemClock });
  zones = await ObservedZones.start({ bus, clock: systemClock, healthTimeoutMs: 60_000 });
});

afterEach(async () => {
  await zones.close();
  await bus.close();
});

async function see(instance: string, spec: object): Promise<void> {
  await (await bus.bucket(BUCKETS.instances.name, BUCKETS.instances)).put(bucketKey('kds-sync', instance), {});
  await (await bus.bucket(BUCKETS.zoneInsights.name)).put(bucketKey('east', instance), spec as never);
}

it('merges what instances say; with an instance its streams are gone', async () => {
  await see('one', { subscriptions: [{ id: 'a', connectTime: AT(1), disconnectTime: AT(2) }] });
  await see('two', { subscriptions: [{ id: 'b', connectTime: AT(3) }], kdsStreams: { globalToZone: { globalInstanceId: 'two', connectTime: AT(3) } } });
  await expect.poll(() => zones.isConnected('east')).toBe(true);
  expect(zones.insight('east')?.spec.subscriptions?.map(({ id }) => id)).toEqual(['a', 'b']);
  expect([zones.isOnline({ name: 'east', spec: {} }), zones.isOnline({ name: 'east', spec: { enabled: false } })]).toEqual([true, false]);
  await (await bus.bucket(BUCKETS.instances.name, BUCKETS.instances)).delete(bucketKey('kds-sync', 'two'));
  await expect.poll(() => zones.isConnected('east')).toBe(false);
  expect(zones.insight('east')?.spec).toEqual({ subscriptions: [expect.objectContaining({ id: 'a' }), { id: 'b', connectTime: AT(3), disconnectTime: expect.any(String) }] });
});

it('a zone that checked its health, and not for a long time, is not connected, whatever its control plane’s clock shows', async () => {
  const clock = new FakeClock();
  const watching = await ObservedZones.start({ bus, clock, healthTimeoutMs: 60_000 });
  const subscriptions = [{ id: 'a', connectTime: AT(1) }];
  const heard = async (instance: string, second: number): Promise<void> => {
    await see(instance, { subscriptions, healthCheck: { time: AT(second) } });
    await expect.poll(() => watching.insight('east')?.spec.healthCheck?.time).toBe(AT(second));
  };
  await heard('one', 1);
  clock.advance(59_000);
  expect(watching.isConnected('east')).toBe(true);
  clock.advance(2_000);
  expect(watching.isConnected('east')).toBe(false);
  await heard('two', 2);
  expect(watching.isConnected('east')).toBe(true);
  clock.advance(61_000);
  await see('one', { subscriptions, healthCheck: { time: AT(1) }, kdsStreams: { globalToZone: { globalInstanceId: 'one', connectTime: AT(1) } } });
  await expect.poll(() => watching.insight('east')?.spec.kdsStreams).toBeDefined();
  expect(watching.isConnected('east')).toBe(false);
  expect(watching.insight('west')).toBeUndefined();
  await watching.close();
});
