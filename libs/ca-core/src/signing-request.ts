import 'reflect-metadata';
import { err, ok, type Result } from '@weft/kernel';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import type { CertificateCrypto, SignatureHash } from './certificate-crypto.ts';
import { firstInside } from './der.ts';
import { parsePem } from './pem.ts';

/** What a signer takes from a signing request: the public key, and nothing it claims. */
export interface SigningRequest {
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}

/** The parts of WebCrypto's algorithm dictionaries that tell how strong a key is. */
interface KeyAlgorithm {
  readonly namedCurve?: string;
  readonly modulusLength?: number;
}

const MAX_REQUEST_BYTES = 16_384;
const CURVES = new Set(['P-256', 'P-384', 'P-521']);

/** Reads a PKCS#10 request in PEM and checks that its sender holds the private key (the request's own signature) and that the key is strong enough. Never throws. */
export function readSigningRequest(csrPem: string, crypto: CertificateCrypto): Result<SigningRequest, string> {
  if (csrPem.length > MAX_REQUEST_BYTES) return err('the signing request is larger than 16 KiB');
  const block = parsePem(csrPem).find(({ label }) => label === 'CERTIFICATE REQUEST' || label === 'NEW CERTIFICATE REQUEST');
  if (block === undefined) return err('the signing request is no PEM block "CERTIFICATE REQUEST"');
  try {
    return readRequest(block.bytes, crypto);
  } catch {
    return err('the signing request is malformed');
  }
}

function readRequest(der: Uint8Array, crypto: CertificateCrypto): Result<SigningRequest, string> {
  const request = new Pkcs10CertificateRequest(Uint8Array.from(der).buffer);
  const weak = weakness(request.publicKey.algorithm as KeyAlgorithm);
  if (weak !== undefined) return err(weak);
  const spki = new Uint8Array(request.publicKey.rawData);
  const data = firstInside(der);
  const hash = (request.signatureAlgorithm as { readonly hash?: { readonly name: string } }).hash?.name;
  if (data === undefined || !isHash(hash)) return err('the signing request is signed in a way that is not accepted: use SHA-256, SHA-384 or SHA-512');
  const signed = crypto.verify({ spki, hash, data, signature: new Uint8Array(request.signature) });
  return signed ? ok({ spki }) : err('the signature of the signing request does not match its public key');
}

function isHash(name: string | undefined): name is SignatureHash {
  return name === 'SHA-256' || name === 'SHA-384' || name === 'SHA-512';
}

function weakness(algorithm: KeyAlgorithm): string | undefined {
  if (algorithm.namedCurve !== undefined) return CURVES.has(algorithm.namedCurve) ? undefined : `the curve ${algorithm.namedCurve} is not accepted: use P-256, P-384 or P-521`;
  if ((algorithm.modulusLength ?? 0) >= 2048) return undefined;
  return 'the key of the signing request is not accepted: use ECDSA, or RSA with at least 2048 bits';
}
