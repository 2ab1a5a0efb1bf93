import type { SignatureScheme } from './certificate-crypto.ts';
import type { CertificateSubject, CertificateTemplate, CertificateUse } from './certificate-template.ts';
import { ascii, bitString, contextTag, element, objectIdentifier, sequence, TAG, time, unsignedInteger } from './der.ts';
import { ipBytes } from './ip-address.ts';

const SCHEMES: Readonly<Record<SignatureScheme, Uint8Array>> = {
  'rsa-sha256': sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(0x05)),
  'ecdsa-sha256': sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  'ecdsa-sha384': sequence(objectIdentifier('1.2.840.10045.4.3.3')),
  'ecdsa-sha512': sequence(objectIdentifier('1.2.840.10045.4.3.4')),
};

const USES: Readonly<Record<CertificateUse, Uint8Array>> = { serverAuth: objectIdentifier('1.3.6.1.5.5.7.3.1'), clientAuth: objectIdentifier('1.3.6.1.5.5.7.3.2') };

const OID = {
  commonName: objectIdentifier('2.5.4.3'), organization: objectIdentifier('2.5.4.10'), organizationalUnit: objectIdentifier('2.5.4.11'),
  subjectKeyId: objectIdentifier('2.5.29.14'), keyUsage: objectIdentifier('2.5.29.15'), subjectAltName: objectIdentifier('2.5.29.17'),
  basicConstraints: objectIdentifier('2.5.29.19'), authorityKeyId: objectIdentifier('2.5.29.35'), extendedKeyUsage: objectIdentifier('2.5.29.37'),
} as const;

const TRUE = element(TAG.boolean, Uint8Array.of(0xff));
const VERSION_3 = element(contextTag(0, true), unsignedInteger(Uint8Array.of(2)));
/** digitalSignature, keyEncipherment; and for a CA keyCertSign, cRLSign (RFC 5280 §4.2.1.3). */
const LEAF_USAGE = bitString(Uint8Array.of(0xa0), 5);
const CA_USAGE = bitString(Uint8Array.of(0x06), 1);

/** What the issuer adds to a template. */
export interface CertificateParts {
  readonly template: CertificateTemplate;
  /** Most significant byte first; at most 20 bytes. */
  readonly serial: Uint8Array;
  /** DER of the issuer's name. */
  readonly issuer: Uint8Array;
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly scheme: SignatureScheme;
  readonly subjectKeyId?: Uint8Array;
  readonly authorityKeyId?: Uint8Array;
}

/** DER of a TBSCertificate (RFC 5280 §4.1), version 3. */
export function encodeTbsCertificate(parts: CertificateParts): Uint8Array {
  const { template } = parts;
  return sequence(
    VERSION_3,
    unsignedInteger(parts.serial),
    SCHEMES[parts.scheme],
    parts.issuer,
    sequence(time(template.notBefore), time(template.notAfter)),
    encodeName(template.subject),
    parts.spki,
    element(contextTag(3, true), sequence(...extensions(parts))),
  );
}

/** DER of a certificate: the signed part, how it was signed, and the signature. */
export function encodeCertificate(tbs: Uint8Array, scheme: SignatureScheme, signature: Uint8Array): Uint8Array {
  return sequence(tbs, SCHEMES[scheme], bitString(signature));
}

/** DER of a Name; empty without a subject. Values are ASCII. */
export function encodeName(subject: CertificateSubject | undefined): Uint8Array {
  if (subject === undefined) return sequence();
  const attribute = (oid: Uint8Array, value: string | undefined): Uint8Array[] =>
    value === undefined ? [] : [element(TAG.set, sequence(oid, element(TAG.utf8String, ascii(value))))];
  return sequence(
    ...attribute(OID.organization, subject.organization),
    ...attribute(OID.organizationalUnit, subject.organizationalUnit),
    ...attribute(OID.commonName, subject.commonName),
  );
}

function extensions({ template, subjectKeyId, authorityKeyId }: CertificateParts): Uint8Array[] {
  const list = [
    extension(OID.keyUsage, template.isCa ? CA_USAGE : LEAF_USAGE, true),
    extension(OID.basicConstraints, template.isCa ? sequence(TRUE, unsignedInteger(Uint8Array.of(0))) : sequence(), true),
  ];
  if (template.uses.length > 0) list.push(extension(OID.extendedKeyUsage, sequence(...template.uses.map((use) => USES[use]))));
  const names = alternativeNames(template);
  // RFC 5280 §4.2.1.6: critical where there is no subject.
  if (names.length > 0) list.push(extension(OID.subjectAltName, sequence(...names), template.subject === undefined));
  if (subjectKeyId !== undefined) list.push(extension(OID.subjectKeyId, element(TAG.octetString, subjectKeyId)));
  if (authorityKeyId !== undefined) list.push(extension(OID.authorityKeyId, sequence(element(contextTag(0), authorityKeyId))));
  return list;
}

function alternativeNames(template: CertificateTemplate): Uint8Array[] {
  return [
    ...template.dnsNames.map((name) => element(contextTag(2), ascii(name))),
    ...template.uris.map((uri) => element(contextTag(6), ascii(uri))),
    ...template.ipAddresses.flatMap((address) => {
      const bytes = ipBytes(address);
      return bytes === undefined ? [] : [element(contextTag(7), bytes)];
    }),
  ];
}

function extension(oid: Uint8Array, value: Uint8Array, critical = false): Uint8Array {
  const content = element(TAG.octetString, value);
  return critical ? sequence(oid, TRUE, content) : sequence(oid, content);
}
