export { isReady, matchingIdentities, type MeshIdentity } from './matching-identities.ts';
export { DEFAULT_TRUST_DOMAIN, spiffeIdOf, trustDomainOf, usesWorkload, type IdentifiedProxy } from './spiffe-id.ts';
export { trustedDomains, type MeshTrust, type TrustedDomain } from './trusted-domains.ts';
