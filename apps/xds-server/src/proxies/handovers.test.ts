import type { ProxyUpdate } from '@weft/config-pipeline';
import { FakeClock } from '@weft/kernel/testing';
import { expect, it } from 'vitest';
import { Handovers } from './handovers.ts';

const update = (name: string, handover?: string): ProxyUpdate => ({ proxy: { mesh: 'default', name }, config: undefined, changed: {}, ...(handover !== undefined && { handover }) });

it('moves each proxy once, after its peers had five seconds; another certificate starts anew, none ends the wait', () => {
  const clock = new FakeClock(0);
  const moved: string[] = [];
  const handovers = new Handovers(clock, ({ name }, credentials) => moved.push(`${name} ${credentials}`));
  handovers.see(update('web', 'a'));
  handovers.see(update('api', 'a'));
  handovers.see(update('db', 'a'));
  clock.advance(4_000);
  handovers.see(update('web', 'a'));
  handovers.see(update('api', 'b'));
  handovers.see(update('db'));
  clock.advance(1_000);
  expect(moved).toEqual(['web a']);
  clock.advance(4_000);
  expect(moved).toEqual(['web a', 'api b']);
  handovers.see(update('web', 'c'));
  handovers.close();
  clock.advance(60_000);
  expect(moved).toHaveLength(2);
});
