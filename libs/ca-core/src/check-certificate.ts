import { MeshError } from '@weft/kernel';
import type { CertificateCrypto } from './certificate-crypto.ts';
import type { CertificateTemplate } from './certificate-template.ts';
import { ipBytes } from './ip-address.ts';

/** A certificate that was just made (DER), and what it was made from. */
export interface CertificateCheck {
  readonly certificate: Uint8Array;
  readonly template: CertificateTemplate;
  readonly spki: Uint8Array;
  /** The issuer's certificate, DER. */
  readonly issuer: Uint8Array;
}

/**
 * Reads a certificate that was just made with a parser that had no part in making it, and compares: names, key,
 * times, issuer, signature. Throws `internal/bug`, so that a certificate that says something else is never handed out.
 */
export function checkCertificate(check: CertificateCheck, crypto: CertificateCrypto): void {
  const read = crypto.inspect(check.certificate, check.issuer);
  const { template } = check;
  const wrong: string[] = [];
  if (!sameBytes(read.spki, check.spki)) wrong.push('public key');
  if (!read.issued) wrong.push('issuer');
  if (read.notBefore !== wholeSeconds(template.notBefore) || read.notAfter !== wholeSeconds(template.notAfter)) wrong.push('validity');
  if (read.isCa !== template.isCa) wrong.push('basic constraints');
  if (!sameNames(read.alternativeNames, template)) wrong.push('names');
  if (wrong.length > 0) throw new MeshError('internal/bug', `a certificate that was just made does not read back as meant: ${wrong.join(', ')}`);
}

/** Addresses are compared by number only: one address has several spellings. */
function sameNames(names: readonly string[], template: CertificateTemplate): boolean {
  const expected = [...template.dnsNames.map((name) => `DNS:${name}`), ...template.uris.map((uri) => `URI:${uri}`)];
  const addresses = template.ipAddresses.filter((address) => ipBytes(address) !== undefined).length;
  return names.length === expected.length + addresses && expected.every((name, index) => names[index] === name);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
