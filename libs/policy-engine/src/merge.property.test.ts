import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeConfs, mergeContributions, type MergedRouteConf } from './merge.ts';

// Confs of one type agree on which members are objects; only then is a merge patch associative.
const conf = fc.letrec<{ conf: Record<string, unknown> }>((tie) => ({
  conf: fc.record({
    number: fc.integer(), text: fc.string(), list: fc.array(fc.integer(), { maxLength: 3 }),
    http: fc.option(tie('conf'), { nil: {}, maxDepth: 3, depthSize: 'small' }), tcp: fc.option(tie('conf'), { nil: {}, maxDepth: 3, depthSize: 'small' }),
  }, { requiredKeys: [], noNullPrototype: true }),
})).conf;

describe('mergeConfs', () => {
  it('has the empty conf as its neutral element', () => {
    fc.assert(fc.property(conf, (a) => {
      expect(mergeConfs([a])).toEqual(a);
      expect(mergeConfs([{}, a])).toEqual(mergeConfs([a, {}]));
    }));
  });

  it('is associative', () => {
    fc.assert(fc.property(conf, conf, conf, (a, b, c) => {
      expect(mergeConfs([mergeConfs([a, b]), c])).toEqual(mergeConfs([a, mergeConfs([b, c])]));
    }));
  });

  it('changes nothing when told the same again', () => {
    fc.assert(fc.property(conf, conf, (a, b) => {
      expect(mergeConfs([a, b, b])).toEqual(mergeConfs([a, b]));
    }));
  });

  it('lets the last word stand: every leaf of the last conf is in the outcome', () => {
    fc.assert(fc.property(conf, conf, (a, b) => {
      const merged = mergeConfs([a, b]);
      for (const [path, value] of leaves(b)) expect(at(merged, path)).toEqual(value);
    }));
  });

  it('leaves its inputs alone', () => {
    fc.assert(fc.property(conf, conf, (a, b) => {
      const before = structuredClone([a, b]);
      mergeConfs([a, b]);
      expect([a, b]).toEqual(before);
    }));
  });

  it('deletes by null, replaces lists, joins lists to append', () => {
    expect(mergeConfs([{ a: 1, b: [1, 2], appendMatch: [1] }, { a: null, b: [3], appendMatch: [2] }])).toEqual({ b: [3], appendMatch: [1, 2] });
    expect(mergeConfs([{ a: { x: null, y: 1 } }])).toEqual({ a: { y: 1 } });
  });
});

describe('routes', () => {
  const origin = (name: string) => ({ resource: { type: 'MeshHTTPRoute', mesh: 'shop', name }, kri: name, ruleIndex: 0 });
  const match = (value: string) => [{ path: { type: 'Exact', value } }];
  const rule = (path: string, filter: string) => ({ matches: match(path), default: { filters: [filter] } });

  it('are joined by their matches; higher precedence first, each policy in its own order', () => {
    const [merged] = mergeContributions('MeshHTTPRoute', [
      { conf: { rules: [rule('m1', 'f1'), rule('m2', 'f2')] }, origin: origin('b') },
      { conf: { rules: [rule('m2', 'f9'), rule('m3', 'f3')] }, origin: origin('a') },
    ]) as MergedRouteConf[];
    expect(merged?.rules.map(({ matches, default: conf, origin: { kri } }) => [matches, conf, kri])).toEqual([
      [match('m2'), { filters: ['f9'] }, 'a'], [match('m3'), { filters: ['f3'] }, 'a'], [match('m1'), { filters: ['f1'] }, 'b'],
    ]);
  });

  it('are split by host name', () => {
    const merged = mergeContributions('MeshHTTPRoute', [
      { conf: { hostnames: ['b.test', 'a.test'], rules: [rule('x', 'f1')] }, origin: origin('b') },
      { conf: { hostnames: ['a.test'], rules: [rule('y', 'f2')] }, origin: origin('a') },
      { conf: { rules: [rule('z', 'f3')] }, origin: origin('c') },
    ]) as MergedRouteConf[];
    expect(merged.map(({ hostnames, rules }) => [hostnames, rules.map(({ matches }) => matches[0]?.['path'])])).toEqual([
      [[], [{ type: 'Exact', value: 'z' }]],
      [['a.test'], [{ type: 'Exact', value: 'y' }, { type: 'Exact', value: 'x' }]],
      [['b.test'], [{ type: 'Exact', value: 'x' }]],
    ]);
  });
});

function leaves(value: unknown, path: readonly string[] = []): (readonly [readonly string[], unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value);
}
