import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MeshError } from '@weft/kernel';
import type { TokenPurpose } from './token-keys.ts';
import type { PublicKeySpec } from './token-verifier.ts';

/** The `validator` of one kind of token in the configuration; key names as in Kuma 2.14. */
export interface ValidatorConfig {
  /** Whether the signing keys among the secrets count. */
  readonly useSecrets: boolean;
  /** Further public keys, for tokens that were signed elsewhere. */
  readonly publicKeys: readonly ConfiguredKey[];
}

/** One public key, PEM: either in place or in a file. Those of dataplane tokens are of one mesh. */
export interface ConfiguredKey {
  readonly kid?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly mesh?: string;
}

/** What a {@link TokenVerifier} starts with. */
export interface TrustedKeys {
  readonly keys: readonly PublicKeySpec[];
  /** False where keys of the feed do not count. */
  readonly storedKeys: boolean;
}

/** Reads the keys that a configuration names. `path` is where it stands. Throws `config/invalid` for the first that is wrong. */
export function trustedKeys(purpose: TokenPurpose, validator: ValidatorConfig | undefined, path: string): TrustedKeys {
  const { useSecrets = true, publicKeys = [] } = validator ?? {};
  return { storedKeys: useSecrets, keys: publicKeys.map((configured, at) => readKey(purpose, configured, `${path}.publicKeys[${at}]`)) };
}

function readKey(purpose: TokenPurpose, { kid = '', key = '', keyFile = '', mesh = '' }: ConfiguredKey, path: string): PublicKeySpec {
  if (kid === '') throw new MeshError('config/invalid', `${path}.kid: name the key as tokens name it`);
  if ((key === '') === (keyFile === '')) throw new MeshError('config/invalid', `${path}: give either key (PEM) or keyFile`);
  if (purpose === 'dataplane' && mesh === '') throw new MeshError('config/invalid', `${path}.mesh: dataplane tokens are of one mesh, name it`);
  try {
    const publicKeyPem = key === '' ? readFileSync(keyFile, 'utf8') : key;
    createPublicKey(publicKeyPem);
    return { purpose, kid, publicKeyPem, ...(mesh !== '' && { mesh }) };
  } catch (cause) {
    throw new MeshError('config/invalid', `${path}: no public key in PEM can be read: ${(cause as Error).message}`, { cause });
  }
}
