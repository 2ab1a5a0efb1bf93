import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { CertificateCrypto, KeyKind, SignatureHash, SignatureScheme, SigningKey } from '@weft/ca-core';
import { MeshError, Sensitive } from '@weft/kernel';

const generate = promisify(generateKeyPair);
const HASHES: Readonly<Record<SignatureHash, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const CURVE_SCHEMES: Readonly<Record<string, SignatureScheme>> = { prime256v1: 'ecdsa-sha256', secp384r1: 'ecdsa-sha384', secp521r1: 'ecdsa-sha512' };

/** {@link CertificateCrypto} on Node's crypto. */
export const nodeCertificateCrypto: CertificateCrypto = {
  async generateKey(kind: KeyKind) {
    const { privateKey } = kind.type === 'rsa' ? await generate('rsa', { modulusLength: kind.bits }) : await generate('ec', { namedCurve: kind.curve });
    // Kuma keeps RSA keys in PKCS#1; its zones read both forms.
    const pem = privateKey.export({ type: kind.type === 'rsa' ? 'pkcs1' : 'pkcs8', format: 'pem' });
    return { key: signingKey(privateKey), privateKeyPem: new Sensitive(String(pem)) };
  },
  importKey(privateKeyPem: string): SigningKey {
    return signingKey(readPrivateKey(privateKeyPem));
  },
  verify({ spki, hash, data, signature }) {
    try {
      return verify(HASHES[hash], data, { key: Buffer.from(spki), format: 'der', type: 'spki' }, signature);
    } catch {
      return false;
    }
  },
  inspect(certificate, issuer) {
    const read = new X509Certificate(certificate);
    const signer = new X509Certificate(issuer);
    return {
      spki: new Uint8Array(read.publicKey.export({ type: 'spki', format: 'der' })),
      alternativeNames: read.subjectAltName?.split(', ') ?? [],
      notBefore: Date.parse(read.validFrom),
      notAfter: Date.parse(read.validTo),
      isCa: read.ca,
      issued: read.issuer === signer.subject && read.verify(signer.publicKey),
    };
  },
  randomBytes: (count) => randomBytes(count),
};

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause may quote the input, so it stays behind.
    throw new MeshError('ca/invalid', 'the CA key is no usable private key: give PKCS#1, SEC 1 or PKCS#8 in PEM, without a passphrase');
  }
}

function signingKey(key: KeyObject): SigningKey {
  const scheme = schemeOf(key);
  const hash = HASHES[scheme.endsWith('512') ? 'SHA-512' : scheme.endsWith('384') ? 'SHA-384' : 'SHA-256'];
  const spki = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  // With a callback Node signs on its thread pool, so the event loop is free meanwhile.
  const signOnPool = (data: Uint8Array): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      sign(hash, data, key, (error, signature) => {
        if (error) reject(error);
        else resolve(signature);
      });
    });
  return { scheme, spki, sign: signOnPool };
}

function schemeOf(key: KeyObject): SignatureScheme {
  if (key.asymmetricKeyType === 'rsa') return 'rsa-sha256';
  const scheme = CURVE_SCHEMES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType === 'ec' && scheme !== undefined) return scheme;
  throw new MeshError('ca/invalid', 'the CA key is of a kind that is not accepted: use RSA, or ECDSA on P-256, P-384 or P-521');
}
