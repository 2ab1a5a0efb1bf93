import { describe, expect, it } from 'vitest';
import { newestKid, parseRevocations, parseRevocationsSecret, parseSigningKeySecret, revocationsSecret, signingKeySecret, tokenObjectName, type SigningKeyId } from './index.ts';

const KEYS: readonly (readonly [SigningKeyId, string])[] = [
  [{ purpose: 'dataplane', mesh: 'default', kid: '1' }, 'dataplane-token-signing-key-default-1'],
  [{ purpose: 'dataplane', mesh: 'a-b', kid: '12' }, 'dataplane-token-signing-key-a-b-12'],
  [{ purpose: 'zone', kid: '1' }, 'zone-token-signing-key-1'],
  [{ purpose: 'user', kid: '3' }, 'user-token-signing-key-3'],
];

describe('names of token secrets', () => {
  it.each(KEYS)('%o is %s and back', (id, name) => {
    const secret = signingKeySecret(id);
    expect(secret.name).toBe(name);
    expect(parseSigningKeySecret(secret)).toEqual(id);
  });

  it('other secrets are no keys', () => {
    expect(parseSigningKeySecret({ type: 'Secret', mesh: 'default', name: 'dataplane-token-signing-key-other-1' })).toBeUndefined();
    expect(parseSigningKeySecret({ type: 'Secret', mesh: 'default', name: 'dataplane-token-signing-key-default-x' })).toBeUndefined();
    expect(parseSigningKeySecret({ type: 'GlobalSecret', mesh: '', name: 'dataplane-token-signing-key-default-1' })).toBeUndefined();
    expect(parseSigningKeySecret({ type: 'Secret', mesh: 'default', name: 'user-token-signing-key-1' })).toBeUndefined();
  });

  it('revocations are GlobalSecrets', () => {
    for (const id of [{ purpose: 'dataplane', mesh: 'a-b' }, { purpose: 'user' }, { purpose: 'zone' }] as const) {
      expect(parseRevocationsSecret(revocationsSecret(id))).toEqual(id);
    }
    expect(parseRevocationsSecret({ type: 'GlobalSecret', name: 'something' })).toBeUndefined();
    expect(parseRevocations(' a, b,,c\n')).toEqual(['a', 'b', 'c']);
  });

  it('objects of the feed', () => {
    expect(tokenObjectName({ purpose: 'dataplane', mesh: 'default', kid: '1' })).toBe('dataplane-default-1');
    expect(tokenObjectName({ purpose: 'user' })).toBe('user');
  });

  it('the highest serial signs, as a number', () => {
    expect(newestKid(['1', '10', '9'])).toBe('10');
    expect(newestKid([])).toBeUndefined();
  });
});
