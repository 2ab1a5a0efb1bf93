import 'reflect-metadata';
import { MeshError, sha256Hex, type Sensitive } from '@weft/kernel';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectKeyIdentifierExtension, X509Certificate } from '@peculiar/x509';
import type { CertificateCrypto, KeyKind, SigningKey } from './certificate-crypto.ts';
import { caTemplate, meshCaTemplate, type CertificateSubject, type CertificateTemplate } from './certificate-template.ts';
import { checkCertificate } from './check-certificate.ts';
import { encodeCertificate, encodeName, encodeTbsCertificate } from './encode-certificate.ts';
import { parsePem, toPem } from './pem.ts';

/** A CA that is ready to sign: its key is imported once and stays in the machine's crypto. */
export interface Authority {
  readonly key: SigningKey;
  /** DER of its certificate. */
  readonly certificate: Uint8Array;
  /** DER of its name, as it stands in what it issues. */
  readonly name: Uint8Array;
  readonly keyId: Uint8Array | undefined;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isSelfSigned: boolean;
  /** Every certificate given for the CA, its own first; what peers trust. */
  readonly bundlePem: readonly string[];
  /** What goes along with a leaf: the CA's certificates that are not self-signed. */
  readonly chainPem: string;
}

/** A CA that was just made: what to store. */
export interface NewAuthority {
  readonly certificatePem: string;
  readonly privateKeyPem: Sensitive<string>;
}

/** What a new CA is. */
export interface NewAuthorityOptions {
  readonly key: KeyKind;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly lifetimeMs: number;
  /** URIs that it carries itself, e.g. the trust domain that it issues for. Default: none. */
  readonly uris?: readonly string[];
}

/** Makes a mesh's builtin CA. */
export function createMeshAuthority(mesh: string, options: NewAuthorityOptions, crypto: CertificateCrypto): Promise<NewAuthority> {
  return selfSigned(meshCaTemplate(mesh, options.now, options.lifetimeMs), options.key, crypto);
}

/** Makes any other self-signed CA, e.g. the control plane's own. */
export function createAuthority(subject: CertificateSubject, options: NewAuthorityOptions, crypto: CertificateCrypto): Promise<NewAuthority> {
  return selfSigned({ ...caTemplate(subject, options.now, options.lifetimeMs), uris: options.uris ?? [] }, options.key, crypto);
}

async function selfSigned(template: CertificateTemplate, kind: KeyKind, crypto: CertificateCrypto): Promise<NewAuthority> {
  const { key, privateKeyPem } = await crypto.generateKey(kind);
  const keyId = keyIdOf(key.spki);
  const parts = { template, serial: newSerial(crypto), issuer: encodeName(template.subject), spki: key.spki, scheme: key.scheme, subjectKeyId: keyId };
  const tbs = encodeTbsCertificate(parts);
  const certificate = encodeCertificate(tbs, key.scheme, await key.sign(tbs));
  checkCertificate({ certificate, template, spki: key.spki, issuer: certificate }, crypto);
  return { certificatePem: toPem('CERTIFICATE', certificate), privateKeyPem };
}

/** Where a CA comes from, for messages, and whether its certificate is checked to be one (`mtls.skipValidation` turns that off). */
export interface LoadAuthorityOptions {
  readonly what: string;
  readonly skipValidation?: boolean;
}

/** Reads a CA from PEM. Throws `ca/invalid` that says what is wrong and never quotes the key. */
export function loadAuthority(certificatePem: string, privateKeyPem: string, options: LoadAuthorityOptions, crypto: CertificateCrypto): Authority {
  const certificates = parsePem(certificatePem).filter(({ label }) => label === 'CERTIFICATE').map(({ bytes }) => readCertificate(bytes, options.what));
  const [own] = certificates;
  if (own === undefined) throw new MeshError('ca/invalid', `${options.what}: the certificate is no PEM block "CERTIFICATE"`);
  const key = crypto.importKey(privateKeyPem);
  if (!equalBytes(key.spki, new Uint8Array(own.publicKey.rawData))) throw new MeshError('ca/invalid', `${options.what}: the key does not belong to the certificate`);
  if (options.skipValidation !== true) requireCa(own, options.what);
  const keyId = own.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  return {
    key,
    certificate: new Uint8Array(own.rawData),
    name: new Uint8Array(own.subjectName.toArrayBuffer()),
    keyId: keyId === undefined ? undefined : hexBytes(keyId),
    notBefore: own.notBefore.getTime(),
    notAfter: own.notAfter.getTime(),
    isSelfSigned: own.subject === own.issuer,
    bundlePem: certificates.map(pemOf),
    chainPem: certificates.filter((certificate) => certificate.subject !== certificate.issuer).map(pemOf).join(''),
  };
}

/** A serial number of 128 random bits (RFC 5280 §4.1.2.2: positive, at most 20 octets). */
export function newSerial(crypto: CertificateCrypto): Uint8Array {
  const serial = Uint8Array.from(crypto.randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function readCertificate(bytes: Uint8Array, what: string): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch (cause) {
    throw new MeshError('ca/invalid', `${what}: the certificate is malformed`, { cause });
  }
}

function requireCa(certificate: X509Certificate, what: string): void {
  if (certificate.getExtension(BasicConstraintsExtension)?.ca !== true) {
    throw new MeshError('ca/invalid', `${what}: the certificate is no CA: its basic constraints must say CA:TRUE`);
  }
  const usages = certificate.getExtension(KeyUsagesExtension)?.usages;
  if (usages !== undefined && (usages & KeyUsageFlags.keyCertSign) === 0) {
    throw new MeshError('ca/invalid', `${what}: the certificate may not sign others: its key usage lacks keyCertSign`);
  }
}

/** RFC 7093 §2 method 1: the left 160 bits of SHA-256 over the key. */
function keyIdOf(spki: Uint8Array): Uint8Array {
  return hexBytes(sha256Hex(spki).slice(0, 40));
}

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function pemOf(certificate: X509Certificate): string {
  return toPem('CERTIFICATE', new Uint8Array(certificate.rawData));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
