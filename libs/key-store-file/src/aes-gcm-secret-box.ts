import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { MeshError } from '@weft/kernel';
import type { SecretBox } from '@weft/key-store';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/**
 * A {@link SecretBox} with AES-256-GCM. Layout of the ciphertext: one byte format (1), 12 bytes nonce (random), the
 * encrypted bytes, 16 bytes tag. The key for digests is derived from the given one (HKDF-SHA-256), so that a digest
 * says nothing about the encryption.
 */
export class AesGcmSecretBox implements SecretBox {
  readonly #key: Uint8Array;
  readonly #digestKey: Uint8Array;

  /** `key`: 32 random bytes; anything else is `config/invalid`. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new MeshError('config/invalid', `the key for secrets must be 32 bytes long, this one has ${key.length}`);
    this.#key = key;
    this.#digestKey = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), 'weft secret digest', 32));
  }

  seal(clear: Uint8Array, context: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context));
    return new Uint8Array(Buffer.concat([Uint8Array.of(FORMAT), nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]));
  }

  open(sealed: Uint8Array, context: string): Uint8Array {
    const tagAt = sealed.length - TAG_BYTES;
    if (tagAt < HEADER_BYTES || sealed[0] !== FORMAT) throw corrupt(context);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(1, HEADER_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(tagAt));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, tagAt)), decipher.final()]));
    } catch (cause) {
      throw corrupt(context, cause);
    }
  }

  digest(clear: Uint8Array, context: string): string {
    return createHmac('sha256', this.#digestKey).update(context).update('\0').update(clear).digest('hex').slice(0, 32);
  }
}

function corrupt(context: string, cause?: unknown): MeshError {
  const message = `the stored secret ${context} cannot be opened: it was damaged, or sealed under another key (see WEFT_SECRETS_KEY_FILE)`;
  return new MeshError('store/corrupt', message, { cause });
}
