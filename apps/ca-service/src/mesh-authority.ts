import type { AppWrite } from '@weft/bus';
import { createMeshAuthority, DEFAULT_CA_LIFETIME_MS, DEFAULT_LEAF_LIFETIME_MS, loadAuthority, parseLifetime, type Authority, type CertificateCrypto } from '@weft/ca-core';
import { equalData, MeshError, type Clock } from '@weft/kernel';
import type { CaBackend, MeshSpec, TrustBundleSpec } from '@weft/resource-model';
import { builtinSecretNames, readBuiltin, readProvided, type KeyMaterial } from './key-material.ts';
import type { StoreClient } from './store-client.ts';

/** A mesh's CA, ready to sign. */
export interface MeshAuthority {
  readonly backend: string;
  readonly authority: Authority;
  /** Grows each time the backend's CA changes; kept in the TrustBundle. */
  readonly generation: number;
  readonly leafLifetimeMs: number;
}

/** What making a mesh's CA needs. */
export interface MeshAuthorityPorts {
  readonly store: StoreClient;
  readonly crypto: CertificateCrypto;
  readonly clock: Clock;
  /** False where CAs come from a global control plane. */
  readonly mayCreate: boolean;
}

/** The backend that issues for a mesh; undefined where mTLS is off. */
export function enabledBackend(mesh: MeshSpec): CaBackend | undefined {
  const { mtls } = mesh;
  return mtls?.enabledBackend === undefined || mtls.enabledBackend === '' ? undefined : mtls.backends?.find(({ name }) => name === mtls.enabledBackend);
}

/** Whose CA is wanted. */
export interface MeshBackend {
  readonly mesh: string;
  readonly backend: CaBackend;
  readonly skipValidation: boolean;
}

/**
 * The CA of a mesh's enabled backend with its trust bundle published; makes a builtin one where there is none.
 * Undefined while another replica makes it. Throws `ca/invalid` for a CA that cannot be used.
 */
export async function obtainAuthority(wanted: MeshBackend, ports: MeshAuthorityPorts): Promise<MeshAuthority | undefined> {
  const material = await obtainMaterial(wanted, ports);
  if (material === undefined) return undefined;
  const { mesh, backend, skipValidation } = wanted;
  const what = `Mesh ${mesh}, mtls backend ${backend.name}`;
  const authority = loadAuthority(material.certificatePem, material.privateKeyPem, { what, skipValidation }, ports.crypto);
  const generation = await publishBundle({ mesh, backend: backend.name, caPem: [...authority.bundlePem] }, ports.store);
  const leafLifetimeMs = lifetime(backend.dpCert?.rotation?.expiration, DEFAULT_LEAF_LIFETIME_MS);
  return generation === undefined ? undefined : { backend: backend.name, authority, generation, leafLifetimeMs };
}

async function obtainMaterial({ mesh, backend }: MeshBackend, ports: MeshAuthorityPorts): Promise<KeyMaterial | undefined> {
  if (backend.type === 'provided') return readProvided(ports.store, mesh, backend);
  if (backend.type !== 'builtin') throw new MeshError('ca/invalid', `Mesh ${mesh}: mtls backend ${backend.name} has the type "${backend.type}": use builtin or provided`);
  const stored = await readBuiltin(ports.store, mesh, backend.name);
  return stored ?? (ports.mayCreate ? createBuiltin(mesh, backend, ports) : undefined);
}

/** Both Secrets in one batch, only where neither is there: of several replicas one wins, the others read what it wrote. */
async function createBuiltin(mesh: string, backend: CaBackend, ports: MeshAuthorityPorts): Promise<KeyMaterial | undefined> {
  const conf = backend.conf?.caCert;
  const lifetimeMs = lifetime(conf?.expiration, DEFAULT_CA_LIFETIME_MS);
  const made = await createMeshAuthority(mesh, { key: { type: 'rsa', bits: conf?.RSAbits ?? 2048 }, now: ports.clock.now(), lifetimeMs }, ports.crypto);
  const names = builtinSecretNames(mesh, backend.name);
  const put = (name: string, pem: string): AppWrite['writes'][number] => ({
    op: 'put', type: 'Secret', mesh, name, labels: {}, bare: true, spec: { data: Buffer.from(pem, 'utf8').toString('base64') }, expectVersion: 'absent',
  });
  const written = await ports.store.writeUnderLease([put(names.certificate, made.certificatePem), put(names.key, made.privateKeyPem.reveal())]);
  return written === undefined ? undefined : { certificatePem: made.certificatePem, privateKeyPem: made.privateKeyPem.reveal() };
}

/** Publishes what peers trust, if it changed, and gives its generation; undefined while another replica holds the lease. */
export async function publishBundle(bundle: Omit<TrustBundleSpec, 'generation'> & { readonly mesh: string }, store: StoreClient): Promise<number | undefined> {
  const { mesh, backend, caPem } = bundle;
  const stored = await store.read({ type: 'TrustBundle', mesh, name: backend });
  const before = stored?.spec as TrustBundleSpec | undefined;
  if (before !== undefined && equalData(before.caPem, caPem)) return before.generation;
  const generation = (before?.generation ?? 0) + 1;
  const expectVersion = stored === undefined ? ('absent' as const) : stored.version;
  const spec: TrustBundleSpec = { backend, generation, caPem };
  const written = await store.writeUnderLease([{ op: 'put', type: 'TrustBundle', mesh, name: backend, labels: {}, spec, expectVersion }]);
  return written === undefined ? undefined : generation;
}

function lifetime(text: string | undefined, fallbackMs: number): number {
  if (text === undefined || text === '') return fallbackMs;
  const parsed = parseLifetime(text);
  if (!parsed.ok) throw new MeshError('ca/invalid', parsed.error);
  return parsed.value;
}
