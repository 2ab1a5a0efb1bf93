import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximalCliques } from './cliques.ts';
import { buildSubsetRules, findSubsetRule, type SubsetItem } from './subset-rules.ts';

const tags = fc.dictionary(fc.constantFrom('service', 'env', 'version'), fc.constantFrom('a', 'b'), { noNullPrototype: true, maxKeys: 3 });
const items = fc.array(tags, { maxLength: 6 }).map((subsets) => subsets.map((subset, index): SubsetItem => ({
  subset, conf: { last: index, [`i${index}`]: true }, origin: { resource: { type: 'T', mesh: 'm', name: String(index) }, kri: '', ruleIndex: index },
})));

describe('the tag-subset engine', () => {
  it('lets an element that one item is about see that item, and none see an item that is not about it', () => {
    fc.assert(fc.property(items, tags, (all, element) => {
      const about = all.filter(({ subset }) => Object.entries(subset).every(([key, value]) => element[key] === value));
      const rule = findSubsetRule(buildSubsetRules('T', all, true), element);
      const seen = new Set(rule?.origins.map(({ ruleIndex }) => ruleIndex));
      expect([...seen].every((index) => about.some(({ origin }) => origin.ruleIndex === index))).toBe(true);
      expect(rule === undefined).toBe(about.length === 0);
    }), { numRuns: 300 });
  });

  it('merges in the order of items', () => {
    fc.assert(fc.property(items, tags, (all, element) => {
      const rule = findSubsetRule(buildSubsetRules('T', all, true), element);
      if (rule !== undefined) expect((rule.conf as { last: number }).last).toBe(Math.max(...rule.origins.map(({ ruleIndex }) => ruleIndex)));
    }));
  });
});

describe('maximalCliques', () => {
  it('finds exactly the sets that are complete and cannot grow', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 7 }).chain((size) => fc.tuple(fc.constant(size), fc.array(fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }))))), ([size, edges]) => {
      const adjacent = (a: number, b: number) => edges.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
      const complete = (nodes: readonly number[]) => nodes.every((a) => nodes.every((b) => a === b || adjacent(a, b)));
      const all = Array.from({ length: 2 ** size }, (_, bits) => Array.from({ length: size }, (__, node) => node).filter((node) => bits & (1 << node)));
      const expected = all.filter((nodes) => nodes.length > 0 && complete(nodes) && !all.some((more) => more.length > nodes.length && complete(more) && nodes.every((node) => more.includes(node))));
      const text = (sets: readonly (readonly number[])[]) => sets.map((set) => set.join()).sort();
      expect(text(maximalCliques(size, adjacent))).toEqual(text(expected));
    }));
  });
});
