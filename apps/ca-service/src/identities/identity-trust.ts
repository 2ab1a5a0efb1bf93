import { kriOf, meshIdentityType, type MeshTrustSpec } from '@weft/resource-model';
import { err, ok, type Result } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import type { StoreClient } from '../store-client.ts';
import type { IdentityCa, Unmet } from './obtain-identity.ts';

/** What became of a MeshTrust: it held the CA already, was made, or holds the CA beside others now. */
export type TrustOutcome = 'there' | 'made' | 'extended';

/**
 * Makes the MeshTrust of an identity, or adds the CA to the one of its name; CAs that are there stay, as leaves of
 * theirs may live. Undefined while another replica holds the lease.
 */
export async function ensureMeshTrust(identity: MeshIdentity, { authority, trustDomain }: IdentityCa, store: StoreClient): Promise<Result<TrustOutcome, Unmet> | undefined> {
  const { mesh, name } = identity;
  const pem = authority.bundlePem.join('');
  const stored = await store.read({ type: 'MeshTrust', mesh, name });
  const before = stored?.spec as MeshTrustSpec | undefined;
  if (before !== undefined && before.trustDomain !== trustDomain) {
    return err({ type: 'MeshTrustCreated', reason: 'MeshTrustCreationError', message: `MeshTrust "${name}" is about the trust domain "${before.trustDomain}", not "${trustDomain}": rename one of the two` });
  }
  if (before?.caBundles.some((bundle) => bundle.pem?.value.trim() === pem.trim()) === true) return ok('there');
  const spec: MeshTrustSpec = { ...before, trustDomain, caBundles: [...(before?.caBundles ?? []), { type: 'Pem', pem: { value: pem } }] };
  const origin = kriOf(meshIdentityType, identity);
  const written = await store.writeUnderLease([{
    op: 'put', type: 'MeshTrust', mesh, name, spec, expectVersion: stored?.version ?? 'absent',
    // As in Kuma, it says neither origin nor zone: its content is the same wherever it is read.
    ...(stored === undefined ? { labels: { 'kuma.io/mesh': mesh }, bare: true, status: { origin: { kri: origin } } } : { labels: stored.labels, bare: true }),
  }]);
  return written === undefined ? undefined : ok(stored === undefined ? 'made' : 'extended');
}
