import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusyWriter, dataplanesOf, timeoutsOf, writtenOf } from '../harness/busy-writer.ts';
import { differences } from '../harness/same-state.ts';
import { TestZones, type TestZone } from '../harness/zones.ts';

const LATER = { timeout: 90_000, interval: 200 };

describe('control planes that go and come while writes go on', () => {
  let zones: TestZones;
  let east: TestZone;
  beforeAll(async () => {
    zones = await TestZones.start({ zones: ['east'], mtls: 'off' });
    east = zones.zone('east');
  });
  afterAll(() => zones.close());

  const policies = (): Promise<Readonly<Record<string, string | undefined>>> => writtenOf(east.plane.api, 'meshtimeouts', 'bulk-');
  const write = (name: string, content: number): Promise<void> => timeoutsOf(zones.global.api)(name, content);

  it('no acknowledged write is lost, and both have the same in the end', async () => {
    const above = new BusyWriter(timeoutsOf(zones.global.api));
    const below = new BusyWriter(dataplanesOf(east.plane.api));
    east.link.cut();
    east.link.heal();
    await zones.global.restartPlane();
    await east.plane.restartPlane();
    east.link.cut();
    await zones.global.restartPlane();
    east.link.heal();
    await Promise.all([above.stop(), below.stop()]);
    const [wanted, own] = [above.present, below.present];
    expect(await writtenOf(zones.global.api, 'meshtimeouts')).toEqual(wanted);
    expect(await writtenOf(east.plane.api, 'dataplanes')).toEqual(own);
    await expect.poll(() => writtenOf(east.plane.api, 'meshtimeouts'), LATER).toEqual(wanted);
    await expect.poll(() => writtenOf(zones.global.api, 'dataplanes'), LATER).toEqual(own);
    await expect.poll(() => differences(zones.global.api, new Map([['east', east.plane.api]])), LATER).toEqual([]);
  });

  it('after a cut only the differences cross the link', async () => {
    for (let at = 0; at < 60; at++) await write(`bulk-${at}`, at);
    await expect.poll(async () => Object.keys(await policies()).length, LATER).toBe(60);
    const bytes = async (change: () => Promise<void>, arrived: () => Promise<boolean>): Promise<number> => {
      east.link.cut();
      const before = east.link.bytes;
      await change();
      east.link.heal();
      await expect.poll(arrived, LATER).toBe(true);
      return east.link.bytes - before;
    };
    const one = await bytes(() => write('bulk-1', 500), async () => (await policies())['bulk-1'] === '500');
    const all = await bytes(async () => {
      for (let at = 0; at < 60; at++) await write(`bulk-${at}`, 600 + at);
    }, async () => (await policies())['bulk-59'] === '659' && (await policies())['bulk-0'] === '600');
    // What both have in common: handshakes, and the versions that the zone names.
    expect(all - one).toBeGreaterThan(5_000);
  });

  it('a link on which nothing comes through any more is noticed, and made anew', async () => {
    east.link.freeze();
    await write('bulk-ice', 77);
    east.link.healNew();
    await expect.poll(async () => (await policies())['bulk-ice'], LATER).toBe('77');
  });
});
