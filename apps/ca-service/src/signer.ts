import type { SignedLeaf, SignLeafRequest, SignServerRequest, SignWorkloadRequest } from '@weft/bus';
import { leafTemplate, serverTemplate, signCertificate, workloadTemplate, type CertificateCrypto, type CertificateTemplate } from '@weft/ca-core';
import { MeshError, type Clock } from '@weft/kernel';
import type { IdentityAuthorities } from './identities/identity-authorities.ts';
import type { MeshAuthorities } from './mesh-authorities.ts';
import type { OwnAuthority } from './own-authority.ts';

/** Life of certificates inside the control plane; a process asks anew when it starts and before the end. */
const SERVER_LIFETIME_MS = 90 * 86_400_000;
/** What Envoy's admin listener demands of the client that may see everything (Kuma 2.14). */
const ADMIN_CLIENT_NAME = 'kuma-cp';
const NAME = /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;
const ADDRESS = /^[0-9A-Fa-f.:]{2,45}$/;

/** What signing needs. */
export interface SignerPorts {
  readonly meshes: MeshAuthorities;
  readonly identities: IdentityAuthorities;
  readonly controlPlane: OwnAuthority;
  readonly envoyAdmin: OwnAuthority;
  readonly crypto: CertificateCrypto;
  readonly clock: Clock;
}

/** Signs a proxy's leaf with its mesh's CA. Throws `request/invalid` or `ca/invalid`. */
export async function signLeaf(request: SignLeafRequest, { meshes, crypto, clock }: SignerPorts): Promise<SignedLeaf> {
  if (request.services.length === 0) throw new MeshError('request/invalid', 'a leaf needs at least one service: it would name nobody');
  const { authority, backend, generation, leafLifetimeMs } = await meshes.of(request.mesh);
  const template = leafTemplate(request, clock.now(), leafLifetimeMs);
  const signed = await signCertificate({ csrPem: request.csrPem, template }, authority, crypto);
  return { ...signed, backend, issuerGeneration: generation };
}

/** Signs a workload's leaf with the CA of its MeshIdentity. Throws `request/invalid` (also for an id of another trust domain) or `ca/invalid`. */
export async function signWorkload(request: SignWorkloadRequest, { identities, crypto, clock }: SignerPorts): Promise<SignedLeaf> {
  const { authority, trustDomain, backend, generation, leafLifetimeMs } = await identities.of(request.mesh, request.identity);
  if (!request.spiffeId.startsWith(`spiffe://${trustDomain}/`)) throw new MeshError('request/invalid', `"${request.spiffeId}" is not of the trust domain "${trustDomain}" for which MeshIdentity "${request.identity}" issues`);
  const signed = await signCertificate({ csrPem: request.csrPem, template: workloadTemplate(request.spiffeId, clock.now(), leafLifetimeMs) }, authority, crypto);
  return { ...signed, backend, issuerGeneration: generation };
}

/** Signs a certificate for the control plane's own use, by purpose. Throws `request/invalid`. */
export async function signServer(request: SignServerRequest, ports: SignerPorts): Promise<{ readonly certificatePem: string; readonly caPem: string; readonly notAfter: number }> {
  const issuer = request.purpose === 'server' ? ports.controlPlane : ports.envoyAdmin;
  const template = templateOf(request, ports.clock.now());
  const authority = await issuer.get();
  const signed = await signCertificate({ csrPem: request.csrPem, template }, authority, ports.crypto);
  return { certificatePem: signed.certificatePem, caPem: authority.bundlePem.join(''), notAfter: signed.notAfter };
}

function templateOf({ purpose, dnsNames, ipAddresses }: SignServerRequest, now: number): CertificateTemplate {
  const bad = [...dnsNames.filter((name) => !NAME.test(name)), ...ipAddresses.filter((address) => !ADDRESS.test(address))];
  if (bad.length > 0) throw new MeshError('request/invalid', `a certificate cannot be made for ${bad.map((name) => JSON.stringify(name)).join(', ')}: give host names and IP addresses`);
  if (purpose === 'envoy-admin-client') return serverTemplate({ commonName: ADMIN_CLIENT_NAME, dnsNames: [ADMIN_CLIENT_NAME], ipAddresses: [], uses: ['clientAuth'] }, now, SERVER_LIFETIME_MS);
  const commonName = (dnsNames[0] ?? ipAddresses[0] ?? 'weft').slice(0, 64);
  return serverTemplate({ commonName, dnsNames, ipAddresses, uses: ['serverAuth'] }, now, SERVER_LIFETIME_MS);
}
