export { policy, subject } from './testing/policies.ts';
