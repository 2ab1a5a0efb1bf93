export { nodeCertificateCrypto } from './node-certificate-crypto.ts';
