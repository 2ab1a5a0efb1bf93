export type { SecretBox } from './secret-box.ts';
