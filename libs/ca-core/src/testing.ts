export { makeSigningRequest } from './testing/make-signing-request.ts';
