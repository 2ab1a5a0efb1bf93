import { equalData } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import type { Condition, MeshIdentityStatus } from '@weft/resource-model';
import type { StoreClient } from '../store-client.ts';
import type { Unmet } from './obtain-identity.ts';

const MET: readonly Condition[] = [
  { type: 'DependenciesReady', status: 'True', reason: 'DependenciesReady', message: 'The mesh has real services' },
  { type: 'SpiffeIDProvider', status: 'True', reason: 'SpiffeIDProviderReady', message: 'The trust domain is known' },
  { type: 'Provider', status: 'True', reason: 'ProviderInitialized', message: 'The CA is ready to sign' },
  { type: 'MeshTrustCreated', status: 'True', reason: 'MeshTrustCreated', message: 'The mesh trusts the CA' },
];

/** The conditions of an identity: those that are met, in the order in which they are looked at, up to the one that is not; and Ready. */
export function identityConditions({ spec }: MeshIdentity, unmet: Unmet | undefined): readonly Condition[] {
  const withTrust = spec.provider.bundled?.meshTrustCreation !== 'Disabled';
  const all = MET.filter(({ type }) => type !== 'MeshTrustCreated' || withTrust);
  if (unmet === undefined) return [...all, { type: 'Ready', status: 'True', reason: 'Ready', message: 'Successfully initialized' }];
  const end = all.findIndex(({ type }) => type === unmet.type);
  return [...all.slice(0, end), { ...unmet, status: 'False' }, { type: 'Ready', status: 'False', reason: 'Failure', message: unmet.message }];
}

/** Writes the conditions where they are others than stored; undefined while another replica holds the lease. */
export async function writeConditions(identity: MeshIdentity, conditions: readonly Condition[], store: StoreClient): Promise<true | undefined> {
  if (equalData(identity.status?.conditions, conditions)) return true;
  const status: MeshIdentityStatus = { ...identity.status, conditions: [...conditions] };
  const { mesh, name, labels, spec, version } = identity;
  const written = await store.writeUnderLease([{ op: 'put', type: 'MeshIdentity', mesh, name, labels, bare: true, spec, status, expectVersion: version }]);
  return written === undefined ? undefined : true;
}
