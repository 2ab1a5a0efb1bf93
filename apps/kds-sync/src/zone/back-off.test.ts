import { expect, it } from 'vitest';
import { BackOff } from './back-off.ts';

/** Pauses of ten failures in a row, then of one after a success. */
function pauses(random: number): readonly number[] {
  const clock = { now: () => 0, after: () => () => undefined };
  const backOff = new BackOff({ clock, firstMs: 5_000, random: () => random });
  const first = Array.from({ length: 6 }, () => backOff.retry(() => undefined));
  backOff.succeeded();
  return [...first, backOff.retry(() => undefined)];
}

it('pauses double from five seconds to a minute, and begin again after a success', () => {
  expect(pauses(0.5)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 5_000]);
});

it('zones that lose the link together come back one after the other', () => {
  expect(pauses(0)).toEqual([3_500, 7_000, 14_000, 28_000, 42_000, 42_000, 3_500]);
  expect(pauses(1)[0]).toBe(6_500);
});
