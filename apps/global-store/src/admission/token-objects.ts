import type { ResourceKey } from '@weft/resource-model';
import type { Write } from '@weft/store';
import { parsePublicKeySecret, parseRevocations, parseRevocationsSecret, parseSigningKey, parseSigningKeySecret, publicKeyPem, readPublicKeyPem, tokenObjectName } from '@weft/tokens';

/**
 * What the feed must learn of a secret that is a signing key or a list of revocations: the public half, the ids.
 * Written in the same batch as the secret, so that no verifier ever sees one without the other.
 */
export function tokenObjectWrites(secret: ResourceKey, clear: Uint8Array, now: string): readonly Write[] {
  const put = (type: string, name: string, spec: unknown): readonly Write[] => [
    { op: 'put', resource: { type, mesh: '', name, labels: {}, creationTime: now, modificationTime: now, spec }, expect: 'any' },
  ];
  const keyId = parseSigningKeySecret(secret);
  if (keyId !== undefined) {
    const key = parseSigningKey(clear);
    return key.ok ? put('TokenPublicKey', tokenObjectName(keyId), { ...keyId, publicKeyPem: publicKeyPem(key.value) }) : [];
  }
  const publicId = parsePublicKeySecret(secret);
  if (publicId !== undefined) {
    const key = readPublicKeyPem(clear);
    return key.ok ? put('TokenPublicKey', tokenObjectName(publicId), { ...publicId, publicKeyPem: key.value }) : [];
  }
  const revocations = parseRevocationsSecret(secret);
  if (revocations === undefined) return [];
  return put('TokenRevocations', tokenObjectName(revocations), { ...revocations, ids: parseRevocations(Buffer.from(clear).toString('utf8')) });
}

/** The deletes that go with the delete of such a secret. */
export function tokenObjectDeletes(secret: ResourceKey): readonly Write[] {
  const remove = (type: string, name: string): readonly Write[] => [{ op: 'delete', key: { type, mesh: '', name }, expect: 'any' }];
  const keyId = parseSigningKeySecret(secret) ?? parsePublicKeySecret(secret);
  if (keyId !== undefined) return remove('TokenPublicKey', tokenObjectName(keyId));
  const revocations = parseRevocationsSecret(secret);
  return revocations === undefined ? [] : remove('TokenRevocations', tokenObjectName(revocations));
}
