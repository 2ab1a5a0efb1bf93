import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketKey, parseBucketKey } from './bucket-key.ts';

describe('bucketKey', () => {
  it('escapes what a subject may not hold and marks empty parts', () => {
    expect(bucketKey('Mesh', '', 'a.b *>é=')).toBe('Mesh.=.a=2Eb=20=2A=3E=C3=A9=3D');
  });

  it('is reversible for any parts, and gives valid keys', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (parts) => {
        const key = bucketKey(...parts);
        expect(key).toMatch(/^[-=\w]+(\.[-=\w]+)*$/);
        expect(parseBucketKey(key)).toEqual(parts);
      }),
    );
  });
});
