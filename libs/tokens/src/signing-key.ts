import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { err, ok, type Result } from '@weft/kernel';

const generate = promisify(generateKeyPair);

/** Makes a signing key: RSA 2048, as PEM `RSA PRIVATE KEY` (what Kuma 2.14 stores). Runs beside the event loop, ~100 ms. */
export async function generateSigningKey(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048, publicExponent: 65537 });
  return exportPem(privateKey, 'pkcs1');
}

/**
 * Reads a private RSA key from what a secret or file holds: PEM (PKCS#1 or PKCS#8), DER PKCS#1, or the base64 of
 * either (as a Secret's `data` field has it). The error says what would be right. Never throws.
 */
export function parseSigningKey(data: Uint8Array): Result<KeyObject, string> {
  for (const candidate of [Buffer.from(data), Buffer.from(Buffer.from(data).toString('latin1').trim(), 'base64')]) {
    const key = readPrivateKey(candidate);
    if (key?.asymmetricKeyType === 'rsa') return ok(key);
  }
  return err('it holds no RSA private key: give PEM ("RSA PRIVATE KEY") or DER PKCS#1');
}

/** The public half as PEM `PUBLIC KEY` (SubjectPublicKeyInfo), for the feed and for verifiers elsewhere. */
export function publicKeyPem(signingKey: KeyObject): string {
  return createPublicKey(exportPem(signingKey, 'pkcs1')).export({ type: 'spki', format: 'pem' }).toString();
}

/** The public half as PEM `RSA PUBLIC KEY`, as `generate public-key` prints it. */
export function rsaPublicKeyPem(signingKey: KeyObject): string {
  return createPublicKey(exportPem(signingKey, 'pkcs1')).export({ type: 'pkcs1', format: 'pem' }).toString();
}

/** A public RSA key (any PEM) as PEM `PUBLIC KEY`. The error says what would be right. Never throws. */
export function readPublicKeyPem(data: Uint8Array): Result<string, string> {
  try {
    return ok(createPublicKey(Buffer.from(data)).export({ type: 'spki', format: 'pem' }).toString());
  } catch {
    return err('it holds no public key: give PEM ("RSA PUBLIC KEY" or "PUBLIC KEY")');
  }
}

function readPrivateKey(bytes: Buffer): KeyObject | undefined {
  const pem = bytes.subarray(0, 11).toString('latin1') === '-----BEGIN ';
  try {
    return createPrivateKey(pem ? { key: bytes, format: 'pem' } : { key: bytes, format: 'der', type: 'pkcs1' });
  } catch {
    return undefined;
  }
}

function exportPem(key: KeyObject, type: 'pkcs1'): string {
  return key.export({ type, format: 'pem' }).toString();
}
