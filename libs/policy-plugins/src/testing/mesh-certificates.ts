import { createMeshAuthority, leafTemplate, loadAuthority, signCertificate, type Authority } from '@weft/ca-core';
import { makeSigningRequest } from '@weft/ca-core/testing';
import { nodeCertificateCrypto as crypto } from '@weft/ca-crypto-node';
import type { CertificateWithKey } from '@weft/envoy-builders';

const HOUR_MS = 3_600_000;

/** A mesh CA for tests: certificates as the mesh's own CA makes them. */
export interface TestMeshCa {
  readonly caPem: string;
  /** A leaf for a service, with its tags as further URIs. */
  readonly leaf: (service: string, tags?: Readonly<Record<string, readonly string[]>>) => Promise<CertificateWithKey>;
}

/** A fresh CA of the mesh. */
export async function testMeshCa(mesh: string): Promise<TestMeshCa> {
  const now = Date.now();
  const made = await createMeshAuthority(mesh, { key: { type: 'ec', curve: 'P-256' }, now, lifetimeMs: 24 * HOUR_MS }, crypto);
  const authority: Authority = loadAuthority(made.certificatePem, made.privateKeyPem.reveal(), { what: `mesh ${mesh}` }, crypto);
  return {
    caPem: made.certificatePem,
    leaf: async (service, tags = {}) => {
      const { csrPem, keyPem } = await makeSigningRequest();
      const template = leafTemplate({ mesh, services: [service], tags: { 'kuma.io/service': [service], ...tags } }, now, HOUR_MS);
      const { certificatePem } = await signCertificate({ csrPem, template }, authority, crypto);
      return { certificateChainPem: certificatePem, privateKeyPem: keyPem };
    },
  };
}
