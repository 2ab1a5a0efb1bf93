import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const ALGORITHMS = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'RSA-2048': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
  'RSA-1024': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 1024 },
} as const;

/** A fresh key and its signing request. */
export async function makeSigningRequest(kind: keyof typeof ALGORITHMS = 'P-256'): Promise<{ readonly csrPem: string; readonly keyPem: string; readonly spki: Uint8Array }> {
  const signingAlgorithm = ALGORITHMS[kind];
  const keys = (await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']));
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=ignored', keys, signingAlgorithm }, webcrypto);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  return { csrPem: request.toString('pem'), keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`, spki };
}
