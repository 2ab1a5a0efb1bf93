import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differingKeys, StackedMap, stacked, withReplaced } from './stacked-map.ts';

const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3 })));

describe('withReplaced', () => {
  it('reads like a copy, however often it is done', () => {
    fc.assert(fc.property(entries, fc.array(entries), (first, changes) => {
      const copy = new Map(first);
      let map: ReadonlyMap<number, number> = new Map(first);
      for (const change of changes) {
        const before = map;
        const old = new Map(copy);
        map = withReplaced(map, change);
        for (const [key, value] of change) copy.set(key, value);
        expect(differingKeys(before, map)).toEqual(new Set([...copy].filter(([key, value]) => old.get(key) !== value).map(([key]) => key)));
      }
      expect(new Map(map)).toEqual(copy);
      expect(map.size).toBe(copy.size);
    }));
  });

  it('copies a large map only once many of its entries were replaced', () => {
    const base = new Map(Array.from({ length: 1_000 }, (_, key) => [key, 0]));
    let map: ReadonlyMap<number, number> = base;
    let copies = 0;
    for (let key = 0; key < 1_000; key++) {
      map = withReplaced(map, [[key, 1]]);
      if (!(map instanceof StackedMap)) copies++;
    }
    expect(copies).toBe(7);
  });
});

describe('differingKeys', () => {
  it('finds what was added, removed and replaced, stacked or not', () => {
    fc.assert(fc.property(entries, entries, entries, entries, (a, b, c, d) => {
      const before = stacked(new Map(a), new Map(b));
      const after = stacked(new Map(c), new Map(d));
      const keys = [...new Set([...before.keys(), ...after.keys()])];
      expect(differingKeys(before, after)).toEqual(new Set(keys.filter((key) => before.get(key) !== after.get(key))));
    }));
  });
});
