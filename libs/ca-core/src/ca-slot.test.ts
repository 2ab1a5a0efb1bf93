import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applySlotStep, nextSlotStep, type CaSlot } from './index.ts';

const LIFE = 3000;
const policy = { trustBeforeUseMs: 100, leafLifetimeMs: 50 };

/** Lives through `times`, doing every step that is due. */
function live(times: readonly number[]): { slots: readonly CaSlot[]; now: number }[] {
  let slots: readonly CaSlot[] = [];
  return times.map((now) => {
    for (;;) {
      const step = nextSlotStep(slots, now, policy);
      if (step.do === 'nothing') return { slots, now };
      slots = applySlotStep(slots, step, now, { notBefore: now, notAfter: now + LIFE });
    }
  });
}

test('the first CA is active at once; its successor is prepared at half its life, active at two thirds, then the first is dropped', () => {
  const [start, half, activated, later] = live([0, 1500, 2000, 2050]);
  expect(start?.slots.map(({ state }) => state)).toEqual(['active']);
  expect(half?.slots.map(({ state }) => state)).toEqual(['active', 'prepared']);
  expect(activated?.slots.map(({ state }) => state)).toEqual(['retired', 'active']);
  expect(later?.slots.map(({ generation, state }) => [generation, state])).toEqual([[2, 'active']]);
});

test('at any sequence of times exactly one CA is active, it has not expired, and generations only grow', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 30 }), (gaps) => {
    let now = 0;
    const states = live(gaps.map((gap) => (now += gap)));
    let generation = 0;
    for (const state of states) {
      const active = state.slots.filter(({ state: name }) => name === 'active');
      expect(active).toHaveLength(1);
      expect(active[0]!.notAfter).toBeGreaterThan(state.now);
      expect(active[0]!.generation).toBeGreaterThanOrEqual(generation);
      generation = active[0]!.generation;
    }
  }));
});
