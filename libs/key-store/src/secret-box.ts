/**
 * Encrypts what must not lie in the clear: the content of Secrets, GlobalSecrets and sensitive fields. Where the key
 * comes from is the adapter's matter. Implementations pass `describeSecretBox`.
 *
 * `context` names what is sealed (the id of its resource). It is authenticated, not stored: ciphertext that is moved
 * to another resource does not open.
 */
export interface SecretBox {
  /** Ciphertext of `clear`; differs with every call. */
  seal(clear: Uint8Array, context: string): Uint8Array;
  /** The clear bytes. Throws `store/corrupt` where the bytes were changed, moved, or sealed under another key. */
  open(sealed: Uint8Array, context: string): Uint8Array;
  /**
   * Keyed digest of `clear` (32 lower-case hex digits): equal content gives equal digests, and nobody without the key
   * can test a guess. Goes into the envelopes of the feed.
   */
  digest(clear: Uint8Array, context: string): string;
}
