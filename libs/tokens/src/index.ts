export { parseClaims, type ClaimsOf, type DataplaneClaims, type TimeClaims, type UserClaims, type ZoneClaims } from './claims.ts';
export { trustedKeys, type ConfiguredKey, type TrustedKeys, type ValidatorConfig } from './configured-keys.ts';
export { DEFAULT_VALIDITY_MS, issueToken, type IssueOptions } from './issue-token.ts';
export { generateSigningKey, parseSigningKey, publicKeyPem, readPublicKeyPem, rsaPublicKeyPem } from './signing-key.ts';
export {
  newestKid,
  parsePublicKeySecret,
  parseRevocations,
  parseRevocationsSecret,
  parseSigningKeySecret,
  revocationsSecret,
  signingKeySecret,
  tokenObjectName,
  type RevocationsId,
  type SecretName,
  type SigningKeyId,
  type TokenPurpose,
} from './token-keys.ts';
export {
  TokenVerifier,
  type PublicKeySpec,
  type RevocationsSpec,
  type TokenRefusal,
  type TokenRejection,
  type Verified,
} from './token-verifier.ts';
export { verifyDataplaneToken, type DataplaneIdentity } from './verify-dataplane-token.ts';
export { verifyZoneToken } from './verify-zone-token.ts';
