import { ask, REQUESTS, type Requests } from '@weft/bus';
import { contentHash, type Clock } from '@weft/kernel';
import { makeKeyWithRequest } from '@weft/service-runtime';
import type { IssuedLeaf } from '../leaf/leaf-issuer.ts';
import type { IdentityRef } from '../leaf/leaf-version.ts';
import { ADMIN_CA_SECRET, adminGeneration } from './admin-authority.ts';
import { proxyIdentity } from './proxy-identity.ts';

/** A certificate that an admin listener of a proxy is to have. */
export type AdminRef = Extract<IdentityRef, { kind: 'admin' }>;

/** Who looks into an Envoy waits for it. */
const DEADLINE_MS = 3_000;

/** A certificate of an admin listener, with its key, that names the proxy. Throws what the signer or the bus throws. */
export async function issueAdminCertificate(ref: AdminRef, { bus, clock }: { readonly bus: Requests; readonly clock: Clock }): Promise<IssuedLeaf> {
  const { keyPem, csrPem } = await makeKeyWithRequest();
  const notBefore = clock.now();
  const identity = proxyIdentity({ type: ref.type ?? 'Dataplane', mesh: ref.mesh, name: ref.proxy });
  const { certificatePem, caPem, notAfter } = await ask(bus, REQUESTS.signServer, { csrPem, dnsNames: [identity], ipAddresses: [], purpose: 'envoy-admin-server' }, { deadlineMs: DEADLINE_MS });
  return { keyPem, signed: { certificatePem, serial: contentHash(certificatePem), notBefore, notAfter, backend: ADMIN_CA_SECRET, issuerGeneration: adminGeneration(caPem) } };
}
