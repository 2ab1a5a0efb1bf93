export { selfSignedCertificate } from './testing/self-signed-certificate.ts';
