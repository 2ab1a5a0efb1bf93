import { createMemoryBus } from '@weft/bus-memory';
import type { Clock } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import { describe, expect, it } from 'vitest';
import { HEARTBEAT_MS, ZoneLeases } from './zone-leases.ts';

const MINUTES_7 = 7 * 60_000;
const LEASE_MS = 2_500;

/** The same passage of time, another hand. */
function skewed(clock: Clock, byMs: number): Clock {
  return { now: () => clock.now() + byMs, after: (delayMs, task) => clock.after(delayMs, task) };
}

/** Two replicas of a global control plane on one bus, their clocks as far apart as said. */
async function replicas(skewMs = 0) {
  const clock = new FakeClock();
  const bus = createMemoryBus({ clock });
  const events: string[] = [];
  const start = (instance: string, own: Clock): Promise<ZoneLeases> => ZoneLeases.start({
    bus, clock: own, instance,
    onSilent: (zone, silent) => events.push(`${instance}: ${zone} ${silent ? 'silent' : 'back'}`),
    onTaken: (zone) => events.push(`${instance}: ${zone} taken`),
  });
  return { clock, events, one: await start('one', clock), two: await start('two', skewed(clock, skewMs)) };
}

async function won(taken: ReturnType<ZoneLeases['take']>): Promise<boolean> {
  return 'release' in (await taken);
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
};

describe.each([0, MINUTES_7, -MINUTES_7])('a zone’s name, with clocks %i ms apart', (skewMs) => {
  it('goes to one of two control planes that ask for it at the same moment, and the other is told why', async () => {
    const { one, two } = await replicas(skewMs);
    for (let at = 0; at < 20; at++) {
      const zone = `zone-${at}`;
      const [first, second] = await Promise.all([one.take(zone, 'a'), two.take(zone, 'b')]);
      expect([first, second].filter((taken) => 'release' in taken)).toHaveLength(1);
      expect([first, second].filter((taken) => 'refusal' in taken)).toEqual([{ refusal: expect.stringContaining(`zone "${zone}" is connected from another control plane`) as string }]);
    }
  });

  it('stays with who gives signs of life, and is free a lease after the last one', async () => {
    const { clock, events, one, two } = await replicas(skewMs);
    expect(await won(one.take('east', 'a'))).toBe(true);
    for (let beat = 0; beat < 10; beat++) {
      await one.beat('east', 'a');
      clock.advance(HEARTBEAT_MS);
      expect(await won(two.take('east', 'b'))).toBe(false);
    }
    clock.advance(LEASE_MS);
    expect(events).toEqual(['one: east silent']);
    expect(await won(two.take('east', 'b'))).toBe(true);
    await two.beat('east', 'b');
    await one.beat('east', 'a');
    expect(events).toEqual(['one: east silent', 'one: east taken']);
    expect(await won(one.take('east', 'a'))).toBe(false);
  });

  it('comes back to a zone that was silent and was not replaced', async () => {
    const { clock, events, one, two } = await replicas(skewMs);
    await two.take('east', 'a');
    await two.beat('east', 'a');
    clock.advance(3 * LEASE_MS);
    await two.beat('east', 'a');
    expect(events).toEqual(['two: east silent', 'two: east back']);
    expect(await won(one.take('east', 'b'))).toBe(false);
  });
});

it('a zone that moved to another replica keeps its name when the streams that it left end', async () => {
  const { one, two } = await replicas();
  const left = await one.take('east', 'a');
  await two.take('east', 'a');
  await two.beat('east', 'a');
  if ('release' in left) left.release();
  await turns();
  expect(await won(one.take('east', 'b'))).toBe(false);
});

it('a name that was given up can be had at once, at any replica', async () => {
  const { one, two } = await replicas();
  const held = [await one.take('east', 'a'), await one.take('east', 'a')];
  for (const taken of held) if ('release' in taken) taken.release();
  expect(await won(one.take('east', 'b'))).toBe(true);
  await turns();
  expect(await won(two.take('east', 'c'))).toBe(false);
});

it('a stock zone, which does not say who it is, is kept from a name that is held, and holds none', async () => {
  const { one, two } = await replicas();
  expect(await won(two.take('west', undefined))).toBe(true);
  expect(await won(one.take('west', 'a'))).toBe(true);
  expect(await won(two.take('west', undefined))).toBe(false);
});
