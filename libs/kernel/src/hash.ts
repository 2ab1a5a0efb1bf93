import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** SHA-256 as lower-case hex (64 characters). Linear in the input. */
export function sha256Hex(input: Uint8Array | string): string {
  return bytesToHex(sha256(typeof input === 'string' ? utf8ToBytes(input) : input));
}

/** The first 16 hex digits of SHA-256: 64 bits, enough to tell the contents of one control plane apart. */
export function contentHash(input: Uint8Array | string): string {
  return sha256Hex(input).slice(0, 16);
}

/** SHA-256 of texts that begin alike: the beginning is hashed once, in as many pieces as one likes. */
export class HashedPrefix {
  readonly #hash = sha256.create();

  /** Appends to the beginning. */
  append(text: string): void {
    this.#hash.update(utf8ToBytes(text));
  }

  /** SHA-256 of the beginning and this end, as lower-case hex. */
  hexWith(end: string): string {
    return bytesToHex(this.#hash.clone().update(utf8ToBytes(end)).digest());
  }
}
