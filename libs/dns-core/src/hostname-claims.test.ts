import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostnameClaims, LabelIndex } from './index.ts';

test('a name belongs to whose stored status shows it, before that to whom it is planned for', () => {
  const claims = new HostnameClaims<string>();
  claims.plan('a', ['web.mesh'], []);
  expect([claims.isFree('web.mesh', 'a'), claims.isFree('web.mesh', 'b')]).toEqual([true, false]);
  claims.show('b', ['web.mesh']);
  expect([claims.isFree('web.mesh', 'a'), claims.isFree('web.mesh', 'b')]).toEqual([false, true]);
  claims.show('a', ['web.mesh']);
  expect([claims.isFree('web.mesh', 'a'), claims.isFree('web.mesh', 'b')]).toEqual([true, false]);
});

test('who waits for a name is told when it is free: by another status, another plan, or the end of its holder', () => {
  const claims = new HostnameClaims<string>();
  claims.show('a', ['web.mesh']);
  claims.plan('b', [], ['web.mesh']);
  expect(claims.show('a', [])).toEqual(['b']);
  claims.plan('a', ['web.mesh'], []);
  expect(claims.plan('a', [], [])).toEqual(['b']);
  claims.show('a', ['web.mesh']);
  expect(claims.forget('a')).toEqual(['b']);
  claims.plan('b', ['web.mesh'], []);
  claims.show('a', ['web.mesh']);
  expect(claims.forget('a')).toEqual([]);
});

test('objects are found by their labels as if all were looked at', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { maxKeys: 3 });
  const changes = fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.option(labels, { nil: undefined })), { maxLength: 20 });
  fc.assert(fc.property(changes, labels, (history, wanted) => {
    const index = new LabelIndex<string>();
    const all = new Map<string, Readonly<Record<string, string>>>();
    for (const [id, set] of history) {
      index.set(id, set);
      if (set === undefined) all.delete(id);
      else all.set(id, set);
    }
    const expected = [...all].filter(([, set]) => Object.entries(wanted).every(([key, value]) => set[key] === value)).map(([id]) => id);
    expect([...index.matching(wanted)].sort()).toEqual(expected.sort());
  }));
});
