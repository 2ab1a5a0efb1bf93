import { isReady, matchingIdentities, spiffeIdOf, usesWorkload, type IdentifiedProxy, type MeshIdentity } from '@weft/mesh-identity';

/**
 * Whether the SPIFFE id of a proxy follows from its workload: then a token must be bound to that, or whoever holds a token
 * for any proxy could take on any identity. An identity that is not ready names nobody yet, and locks nobody out.
 */
export function identityFromWorkload(identities: readonly MeshIdentity[], labels: IdentifiedProxy['labels']): boolean {
  return identityOfWorkload(identities, labels) !== undefined;
}

/** Why a Dataplane cannot be served: its identity follows from a workload that it does not name. Undefined where it can. */
export function missingWorkload(identities: readonly MeshIdentity[], proxy: IdentifiedProxy): string | undefined {
  if ((proxy.labels['kuma.io/workload'] ?? '') !== '') return undefined;
  const identity = identityOfWorkload(identities, proxy.labels);
  const id = identity && spiffeIdOf(identity, proxy);
  return id?.ok === false ? id.error : undefined;
}

function identityOfWorkload(identities: readonly MeshIdentity[], labels: IdentifiedProxy['labels']): MeshIdentity | undefined {
  const identity = matchingIdentities(identities, labels).find(isReady);
  return identity !== undefined && usesWorkload(identity) ? identity : undefined;
}
