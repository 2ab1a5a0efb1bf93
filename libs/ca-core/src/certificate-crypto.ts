import type { Sensitive } from '@weft/kernel';

/** Hash of a signature. */
export type SignatureHash = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** How a key signs. */
export type SignatureScheme = 'rsa-sha256' | 'ecdsa-sha256' | 'ecdsa-sha384' | 'ecdsa-sha512';

/** A kind of key to make. */
export type KeyKind = { readonly type: 'rsa'; readonly bits: number } | { readonly type: 'ec'; readonly curve: 'P-256' };

/** A private key that signs and never shows itself. */
export interface SigningKey {
  readonly scheme: SignatureScheme;
  /** Its public half: DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** The signature in the form X.509 carries (ECDSA: DER of r and s). */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** One signature to check. */
export interface SignatureCheck {
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly hash: SignatureHash;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

/** What a certificate says, as the machine's own parser reads it. Times are milliseconds since the Unix epoch. */
export interface CertificateFacts {
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** `DNS:…`, `URI:…` and `IP Address:…`, in the order of the certificate. */
  readonly alternativeNames: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isCa: boolean;
  /** It names the issuer, and the issuer's key signed it. */
  readonly issued: boolean;
}

/** The crypto of the machine that signing needs, as a port: keys are made and used natively, also RSA. */
export interface CertificateCrypto {
  generateKey(kind: KeyKind): Promise<{ readonly key: SigningKey; readonly privateKeyPem: Sensitive<string> }>;
  /** Throws `ca/invalid` where the text holds no usable private key; the message never quotes it. */
  importKey(privateKeyPem: string): SigningKey;
  verify(check: SignatureCheck): boolean;
  /** Reads a certificate (DER) beside its issuer's. Throws where either is malformed. */
  inspect(certificate: Uint8Array, issuer: Uint8Array): CertificateFacts;
  randomBytes(count: number): Uint8Array;
}
