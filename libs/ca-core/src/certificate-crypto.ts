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

/** The crypto of the machine that signing needs, as a port: keys are made and used natively, also RSA. */
export interface CertificateCrypto {
  generateKey(kind: KeyKind): Promise<{ readonly key: SigningKey; readonly privateKeyPem: Sensitive<string> }>;
  /** Throws `ca/invalid` where the text holds no usable private key; the message never quotes it. */
  importKey(privateKeyPem: string): SigningKey;
  verify(check: SignatureCheck): boolean;
  randomBytes(count: number): Uint8Array;
}
