import { FakeClock } from '@weft/kernel/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { LivenessTable, type StoredLiveness } from './liveness-table.ts';

describe('which zones of Weft are alive', () => {
  let clock: FakeClock;
  let table: LivenessTable;
  let changes: number;
  beforeEach(() => {
    clock = new FakeClock();
    changes = 0;
    table = new LivenessTable({ clock, leaseMs: 2_000, onChange: () => changes++ });
  });

  const stored = (zone: string, online: boolean): StoredLiveness => ({ type: 'ZoneLiveness', mesh: '', name: zone, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { zone, online, since: 'before' } });
  const due = (): readonly (readonly [string, boolean | undefined])[] => table.due().map(({ zone, spec }) => [zone, spec?.online]);
  /** As the store does. */
  const keep = (): void => {
    for (const { zone, spec } of table.due()) table.stored(zone, spec && { ...stored(zone, spec.online), spec });
  };

  it('one is offline when its lease has run out, not before', () => {
    table.heard('east');
    expect(due()).toEqual([['east', true]]);
    keep();
    clock.advance(1_500);
    table.heard('east');
    clock.advance(1_999);
    expect(due()).toEqual([]);
    clock.advance(1);
    expect(table.due()).toEqual([expect.objectContaining({ zone: 'east', spec: { zone: 'east', online: false, since: new Date(clock.now()).toISOString() } })]);
  });

  it('one that comes back is online at once, and signs of life alone change nothing', () => {
    table.heard('east');
    keep();
    clock.advance(2_000);
    keep();
    table.heard('east');
    expect(due()).toEqual([['east', true]]);
    keep();
    const before = changes;
    for (let beat = 0; beat < 5; beat++) {
      clock.advance(1_000);
      table.heard('east');
    }
    expect([changes, due()]).toEqual([before, []]);
  });

  it('after a restart each has one lease to be heard of', () => {
    for (const [zone, online] of [['east', true], ['west', true], ['north', false]] as const) table.stored(zone, stored(zone, online));
    clock.advance(1_000);
    table.heard('west');
    clock.advance(1_000);
    expect(due()).toEqual([['east', false]]);
  });

  it('nothing is said of stock zones, and of zones that are gone', () => {
    table.stored('east', stored('east', true));
    table.forget('east');
    expect(due()).toEqual([['east', undefined]]);
    // The feed says again what was stored before.
    table.stored('east', stored('east', true));
    expect(due()).toEqual([['east', undefined]]);
    table.stored('east', undefined);
    clock.advance(10_000);
    expect([due(), clock.pending]).toEqual([[], 0]);
    table.heard('east');
    expect(due()).toEqual([['east', true]]);
  });
});
