import type { DataplaneEntry } from '@weft/mesh-index';
import { SERVICE_TAG } from '@weft/policy-engine';
import { TRUST_BUNDLE, type Credentials } from './credentials.ts';
import { proxyTags } from './proxy-tags.ts';
import type { SecretRef } from './proxy-view.ts';

/** The proxy's own certificate, and what its peers must chain to; none where it has no credentials. */
export function secretRefs(entry: DataplaneEntry, mesh: string, credentials: Credentials | undefined): readonly SecretRef[] {
  if (credentials === undefined) return [];
  const { identity: name, trust, workload } = credentials;
  const peers: SecretRef = { kind: trust === TRUST_BUNDLE ? 'trust-bundle' : 'ca', name: trust, mesh };
  if (workload !== undefined) return [{ kind: 'workload', name, mesh, identity: workload.name, spiffeId: workload.spiffeId }, peers];
  const tags = proxyTags(entry);
  return [{ kind: 'identity', name, mesh, services: tags[SERVICE_TAG] ?? [], tags }, peers];
}
