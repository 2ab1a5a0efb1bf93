import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, equalData } from './canonical-json.ts';

describe('canonicalJson', () => {
  it('gives equal text for equal data, whatever the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: 'x' }] })).toBe('{"a":[{"c":"x","d":null}],"b":1}');
    expect(canonicalJson({ a: undefined, b: 2 })).toBe(canonicalJson({ b: 2 }));
  });

  it('is read back by JSON.parse as the same data', () => {
    fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }));
  });

  it('agrees with equalData', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(equalData(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(equalData(a, structuredClone(a))).toBe(true);
    }));
  });
});
