export { describeSecretBox } from './testing/describe-secret-box.ts';
