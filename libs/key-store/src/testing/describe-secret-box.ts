import { MeshError } from '@weft/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecretBox } from '../secret-box.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from([...text].map((char) => char.charCodeAt(0)));

/** The contract of {@link SecretBox}. `make` gives a box under a fresh key. */
export function describeSecretBox(name: string, make: () => SecretBox): void {
  describe(`${name} keeps the contract of SecretBox`, () => {
    it('opens what it sealed, whatever the bytes', () => {
      const box = make();
      fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), fc.string(), (clear, context) => {
        expect(box.open(box.seal(clear, context), context)).toEqual(clear);
      }));
    });

    it('seals equal content differently each time', () => {
      const box = make();
      expect(box.seal(bytes('same'), 'a')).not.toEqual(box.seal(bytes('same'), 'a'));
    });

    it('refuses bytes that were changed anywhere', () => {
      const box = make();
      const sealed = box.seal(bytes('content'), 'a');
      for (let at = 0; at < sealed.length; at++) {
        const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
        expect(() => box.open(changed, 'a')).toThrow(expect.objectContaining({ code: 'store/corrupt' }));
      }
    });

    it('refuses ciphertext of another context or another key', () => {
      const box = make();
      const sealed = box.seal(bytes('content'), 'Secret/default/a');
      expect(() => box.open(sealed, 'Secret/default/b')).toThrow(MeshError);
      expect(() => make().open(sealed, 'Secret/default/a')).toThrow(MeshError);
    });

    it('never throws anything but store/corrupt on arbitrary bytes', () => {
      const box = make();
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (sealed) => {
        expect(() => box.open(sealed, 'a')).toThrow(expect.objectContaining({ code: 'store/corrupt' }));
      }));
    });

    it('digests equal content equally, and only under the same key and context', () => {
      const box = make();
      expect(box.digest(bytes('x'), 'a')).toBe(box.digest(bytes('x'), 'a'));
      expect(box.digest(bytes('x'), 'a')).toMatch(/^[0-9a-f]{32}$/);
      expect(box.digest(bytes('x'), 'a')).not.toBe(box.digest(bytes('y'), 'a'));
      expect(box.digest(bytes('x'), 'a')).not.toBe(box.digest(bytes('x'), 'b'));
      expect(box.digest(bytes('x'), 'a')).not.toBe(make().digest(bytes('x'), 'a'));
    });
  });
}
