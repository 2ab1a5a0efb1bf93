import 'reflect-metadata';
import { MeshError } from '@weft/kernel';
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509Certificate } from '@peculiar/x509';
import type { CertificateCrypto } from './certificate-crypto.ts';
import type { CertificateTemplate } from './certificate-template.ts';
import { firstInside } from './der.ts';

/** A certificate that was just made, and what it was made from. */
export interface CertificateCheck {
  readonly certificate: Uint8Array;
  readonly template: CertificateTemplate;
  readonly spki: Uint8Array;
  readonly issuerSpki: Uint8Array;
  readonly issuer: Uint8Array;
}

/**
 * Reads a certificate that was just made with a parser that had no part in making it, and compares: names, key,
 * times, issuer, signature. Throws `internal/bug`, so that a certificate that says something else is never handed out.
 */
export function checkCertificate(check: CertificateCheck, crypto: CertificateCrypto): void {
  const read = new X509Certificate(check.certificate);
  const { template } = check;
  const wrong: string[] = [];
  if (!sameBytes(new Uint8Array(read.publicKey.rawData), check.spki)) wrong.push('public key');
  if (!sameBytes(new Uint8Array(read.issuerName.toArrayBuffer()), check.issuer)) wrong.push('issuer');
  if (read.notBefore.getTime() !== wholeSeconds(template.notBefore) || read.notAfter.getTime() !== wholeSeconds(template.notAfter)) wrong.push('validity');
  if (read.getExtension(BasicConstraintsExtension)?.ca !== template.isCa) wrong.push('basic constraints');
  const names = read.getExtension(SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? [];
  const count = template.dnsNames.length + template.uris.length + template.ipAddresses.length;
  if (names.length !== count || ![...template.dnsNames, ...template.uris].every((name, index) => names[index] === name)) wrong.push('names');
  const data = firstInside(check.certificate);
  const signature = new Uint8Array(read.signature);
  const hash = (read.signatureAlgorithm as { readonly hash: { readonly name: string } }).hash.name as 'SHA-256';
  if (data === undefined || !crypto.verify({ spki: check.issuerSpki, hash, data, signature })) wrong.push('signature');
  if (wrong.length > 0) throw new MeshError('internal/bug', `a certificate that was just made does not read back as meant: ${wrong.join(', ')}`);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
