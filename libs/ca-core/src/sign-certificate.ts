import { MeshError } from '@weft/kernel';
import { newSerial, type Authority } from './authority.ts';
import type { CertificateCrypto } from './certificate-crypto.ts';
import type { CertificateTemplate } from './certificate-template.ts';
import { checkCertificate } from './check-certificate.ts';
import { encodeCertificate, encodeTbsCertificate } from './encode-certificate.ts';
import { toPem } from './pem.ts';
import { readSigningRequest } from './signing-request.ts';

/** A certificate with what travels along. Times are milliseconds since the Unix epoch, whole seconds. */
export interface SignedCertificate {
  /** The certificate, then the issuer's chain up to, not including, the root. */
  readonly certificatePem: string;
  /** Lower-case hex. */
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What to sign: the public key of the request, and the template for all else. */
export interface SigningOrder {
  readonly csrPem: string;
  readonly template: CertificateTemplate;
}

/**
 * Signs. The life of the certificate is cut to its issuer's. Throws `request/invalid` for a bad request and
 * `ca/invalid` where the issuer has expired. One signature of the issuer's key and two verifications.
 */
export async function signCertificate(order: SigningOrder, authority: Authority, crypto: CertificateCrypto): Promise<SignedCertificate> {
  const request = readSigningRequest(order.csrPem, crypto);
  if (!request.ok) throw new MeshError('request/invalid', request.error);
  const template = withinLifeOf(authority, order.template);
  const { spki } = request.value;
  const serial = newSerial(crypto);
  const { scheme } = authority.key;
  const identified = authority.keyId === undefined ? {} : { authorityKeyId: authority.keyId };
  const tbs = encodeTbsCertificate({ template, serial, issuer: authority.name, spki, scheme, ...identified });
  const certificate = encodeCertificate(tbs, scheme, await authority.key.sign(tbs));
  checkCertificate({ certificate, template, spki, issuer: authority.certificate }, crypto);
  return {
    certificatePem: toPem('CERTIFICATE', certificate) + authority.chainPem,
    serial: Array.from(serial, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    notBefore: template.notBefore,
    notAfter: template.notAfter,
  };
}

function withinLifeOf(authority: Authority, template: CertificateTemplate): CertificateTemplate {
  const seconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
  const notAfter = seconds(Math.min(template.notAfter, authority.notAfter));
  const notBefore = seconds(template.notBefore);
  if (notAfter <= notBefore) throw new MeshError('ca/invalid', `the CA expired on ${new Date(authority.notAfter).toISOString()} and can sign nothing: replace it`);
  return { ...template, notBefore, notAfter };
}
