import { FakeClock } from '@weft/kernel/testing';
import { expect, it } from 'vitest';
import { StallWatch } from './stall-watch.ts';

function watching(): { readonly clock: FakeClock; readonly watch: StallWatch; readonly due: string[]; readonly stalls: (readonly string[])[] } {
  const clock = new FakeClock();
  const due: string[] = [];
  const stalls: (readonly string[])[] = [];
  return { clock, due, stalls, watch: new StallWatch({ clock, timeoutMs: 60_000, due: () => due, onStall: (what) => stalls.push([...what]) }) };
}

it('says once what is due when nothing has moved for as long', () => {
  const { clock, due, stalls } = watching();
  due.push('Mesh has not come');
  clock.advance(59_000);
  expect(stalls).toEqual([]);
  clock.advance(16_000);
  clock.advance(600_000);
  expect(stalls).toEqual([['Mesh has not come']]);
});

it('is content while something moves, and where nothing is due', () => {
  const { clock, due, watch, stalls } = watching();
  clock.advance(600_000);
  due.push('Mesh has not come');
  for (let at = 0; at < 20; at++) {
    clock.advance(30_000);
    watch.moved();
  }
  expect(stalls).toEqual([]);
  watch.close();
  clock.advance(600_000);
  expect(stalls).toEqual([]);
});
