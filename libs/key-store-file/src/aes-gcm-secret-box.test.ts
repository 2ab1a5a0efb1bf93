import { randomBytes } from 'node:crypto';
import { describeSecretBox } from '@weft/key-store/testing';
import { expect, it } from 'vitest';
import { AesGcmSecretBox } from './aes-gcm-secret-box.ts';

describeSecretBox('AesGcmSecretBox', () => new AesGcmSecretBox(randomBytes(32)));

it('refuses a key of the wrong length', () => {
  expect(() => new AesGcmSecretBox(randomBytes(16))).toThrow(expect.objectContaining({ code: 'config/invalid' }));
});
