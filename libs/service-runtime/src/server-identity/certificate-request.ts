import { generateKeyPair, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Sensitive } from '@weft/kernel';

const generate = promisify(generateKeyPair);

/** Kind of a leaf's key. */
export type LeafKeyType = 'ec-p256' | 'rsa-2048';

/** A fresh private key and a PKCS#10 request that proves it; PEM. The request names no subject: the signer decides it. */
export interface KeyWithRequest {
  readonly keyPem: Sensitive<string>;
  readonly csrPem: string;
}

/** DER of AlgorithmIdentifier: ecdsa-with-SHA256, and sha256WithRSAEncryption. */
const SIGNATURE_ALGORITHM: Readonly<Record<LeafKeyType, Buffer>> = {
  'ec-p256': Buffer.from('300a06082a8648ce3d040302', 'hex'),
  'rsa-2048': Buffer.from('300d06092a864886f70d01010b0500', 'hex'),
};

/** Version 0, and an empty subject. */
const HEAD = Buffer.from('0201003000', 'hex');

/** `[0]` attributes, empty. */
const NO_ATTRIBUTES = Buffer.from('a000', 'hex');

/** SubjectPublicKeyInfo of a P-256 key, up to the 65 bytes of its point. */
const P256_KEY_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const P256_POINT_BYTES = 65;

/**
 * Makes a key and its request (RFC 2986). Written out here because a proxy's cold start waits for it: the general X.509
 * library takes many times as long. RSA keys are made off the main thread; a P-256 key takes less than handing it over.
 */
export async function makeKeyWithRequest(type: LeafKeyType = 'ec-p256'): Promise<KeyWithRequest> {
  const { privateKey, keyPem, publicKey } = type === 'ec-p256' ? ecKey() : await rsaKey();
  return { keyPem: new Sensitive(keyPem), csrPem: pem('CERTIFICATE REQUEST', certificateRequest(type, publicKey, privateKey)) };
}

interface FreshKey {
  readonly privateKey: KeyObject;
  readonly keyPem: string;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
}

/** The SEC1 form ends with the point; Node exports it ten times faster than the other forms. */
function ecKey(): FreshKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sec1 = privateKey.export({ type: 'sec1', format: 'der' });
  return { privateKey, keyPem: pem('EC PRIVATE KEY', sec1), publicKey: Buffer.concat([P256_KEY_HEAD, sec1.subarray(-P256_POINT_BYTES)]) };
}

async function rsaKey(): Promise<FreshKey> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  return { privateKey, keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, publicKey: publicKey.export({ type: 'spki', format: 'der' }) };
}

function certificateRequest(type: LeafKeyType, publicKey: Buffer, privateKey: KeyObject): Buffer {
  const info = der(0x30, HEAD, publicKey, NO_ATTRIBUTES);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', info, privateKey));
  return der(0x30, info, SIGNATURE_ALGORITHM[type], signature);
}

/** One DER value: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
