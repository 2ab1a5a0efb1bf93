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
