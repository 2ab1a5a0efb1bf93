export { createAuthority, createMeshAuthority, loadAuthority, type Authority, type LoadAuthorityOptions, type NewAuthority, type NewAuthorityOptions } from './authority.ts';
export { applySlotStep, nextSlotStep, type CaSlot, type SlotPolicy, type SlotState, type SlotStep } from './ca-slot.ts';
export type { CertificateCrypto, CertificateFacts, KeyKind, SignatureCheck, SignatureHash, SignatureScheme, SigningKey } from './certificate-crypto.ts';
export { DEFAULT_CA_LIFETIME_MS, DEFAULT_LEAF_LIFETIME_MS, parseLifetime } from './certificate-lifetime.ts';
export {
  backdatedBy, caTemplate, leafTemplate, meshCaTemplate, serverTemplate, workloadTemplate,
  type CertificateSubject, type CertificateTemplate, type CertificateUse, type LeafIdentity, type ServerNames,
} from './certificate-template.ts';
export { parsePem, toPem, type PemBlock } from './pem.ts';
export { signCertificate, type SignedCertificate, type SigningOrder } from './sign-certificate.ts';
export { readSigningRequest, type SigningRequest } from './signing-request.ts';
