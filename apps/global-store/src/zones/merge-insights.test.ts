import { expect, it } from 'vitest';
import { mergeTroubles } from './merge-insights.ts';

const incident = (reason: string, time: string, since = time) => ({ kind: 'refused' as const, reason, since, time, count: 1 });

it('what several instances saw of the same counts together, newest last; what is refused is known by those that live', () => {
  const one = { incidents: [incident('a', '3', '1'), incident('b', '2')], refused: [{ type: 'Mesh', message: 'no', time: '1' }] };
  const two = { incidents: [incident('a', '4')] };
  expect(mergeTroubles([one, two], [two])).toEqual({ incidents: [incident('b', '2'), { ...incident('a', '4', '1'), count: 2 }] });
  expect(mergeTroubles([one], [one])).toMatchObject({ refused: one.refused });
  expect(mergeTroubles([], [])).toEqual({});
});
