export { AesGcmSecretBox } from './aes-gcm-secret-box.ts';
export { loadSecretKey, SECRET_KEY_FILE, type SecretKeySources } from './load-secret-key.ts';
