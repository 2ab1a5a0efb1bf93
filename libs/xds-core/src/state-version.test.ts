import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSecretVersions, stateVersion } from './state-version.ts';
import { sampleResource } from './testing.ts';

describe('the version of a state', () => {
  it('does not depend on order, and differs with any member', () => {
    const [a, b, c] = [sampleResource('eds', 'a', '1'), sampleResource('eds', 'b', '1'), sampleResource('eds', 'b', '2')];
    expect(stateVersion('eds', [a, b])).toBe(stateVersion('eds', [b, a]));
    expect(new Set([[a], [b], [a, b], [a, c]].map((set) => stateVersion('eds', set))).size).toBe(4);
  });

  it('of secrets names each one, and is read back', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 4 }), fc.string(), (names, version) => {
      const read = parseSecretVersions(stateVersion('sds', names.map((name) => sampleResource('sds', name, version))));
      expect([...read.keys()].sort()).toEqual([...names].sort());
      expect([...read.values()].every((one) => one === version)).toBe(true);
    }));
  });

  it('is never a reason to throw', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      expect(parseSecretVersions(text)).toBeInstanceOf(Map);
    }));
    expect(parseSecretVersions('%zz=1').size).toBe(0);
  });
});
