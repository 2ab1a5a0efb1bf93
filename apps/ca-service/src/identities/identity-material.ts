import { readFile } from 'node:fs/promises';
import { createAuthority, DEFAULT_CA_LIFETIME_MS } from '@weft/ca-core';
import { err, ok, type Result } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import { displayNameOf, type SecureDataSource } from '@weft/resource-model';
import type { KeyMaterial } from '../key-material.ts';
import type { MeshAuthorityPorts } from '../mesh-authority.ts';
import type { StoreClient } from '../store-client.ts';

const KEY_PATH = 'provider.bundled.ca.privateKey.insecureInline.value';

/** Names of the Secrets that hold a generated CA (Kuma 2.14). */
export function generatedSecretNames(identity: Pick<MeshIdentity, 'name' | 'labels'>): { readonly certificate: string; readonly key: string } {
  const name = displayNameOf(identity);
  return { certificate: `${name}-root-ca`, key: `${name}-private-key` };
}

/** Names of the Secrets of its mesh that an identity's CA is read from. */
export function identitySecrets(identity: MeshIdentity): readonly string[] {
  const { bundled } = identity.spec.provider;
  if (bundled?.autogenerate?.enabled === true) return Object.values(generatedSecretNames(identity));
  return [bundled?.ca?.certificate?.secretRef?.name, bundled?.ca?.privateKey?.secretRef?.name].filter((name) => name !== undefined);
}

/** The generated CA; made where there is none. The error says that half of it is gone. Undefined while another replica makes it. */
export async function generatedMaterial(identity: MeshIdentity, trustDomain: string, ports: MeshAuthorityPorts): Promise<Result<KeyMaterial, string> | undefined> {
  const { store, clock, crypto } = ports;
  const names = generatedSecretNames(identity);
  const [certificatePem, privateKeyPem] = await Promise.all([names.certificate, names.key].map((name) => store.readSecretText({ type: 'Secret', mesh: identity.mesh, name })));
  if (certificatePem !== undefined && privateKeyPem !== undefined) return ok({ certificatePem, privateKeyPem });
  if (certificatePem !== undefined || privateKeyPem !== undefined) {
    const [gone, left] = certificatePem === undefined ? [names.certificate, names.key] : [names.key, names.certificate];
    return err(`the Secret "${gone}" is gone: write it again, or delete "${left}" too to have a new CA made`);
  }
  const subject = { commonName: displayNameOf(identity).slice(0, 64), organization: 'Kuma', organizationalUnit: 'Mesh' };
  const made = await createAuthority(subject, { key: { type: 'rsa', bits: 2048 }, now: clock.now(), lifetimeMs: DEFAULT_CA_LIFETIME_MS, uris: [`spiffe://${trustDomain}`] }, crypto);
  const key = made.privateKeyPem.reveal();
  const put = (name: string, pem: string) => ({
    op: 'put' as const, type: 'Secret', mesh: identity.mesh, name, labels: {}, bare: true, spec: { data: Buffer.from(pem, 'utf8').toString('base64') }, expectVersion: 'absent' as const,
  });
  const written = await store.writeUnderLease([put(names.certificate, made.certificatePem), put(names.key, key)]);
  return written === undefined ? undefined : ok({ certificatePem: made.certificatePem, privateKeyPem: key });
}

/** The CA that the identity names, from wherever it says; the error names the source that gave nothing. */
export async function providedMaterial(identity: MeshIdentity, store: StoreClient): Promise<Result<KeyMaterial, string>> {
  const ca = identity.spec.provider.bundled?.ca;
  const certificate = await readSource(ca?.certificate, { mesh: identity.mesh, field: 'ca.certificate', store });
  if (!certificate.ok) return certificate;
  const key = await readSource(await withHiddenKey(identity, store), { mesh: identity.mesh, field: 'ca.privateKey', store });
  return key.ok ? ok({ certificatePem: certificate.value, privateKeyPem: key.value }) : key;
}

/** An inline key is kept apart from the resource. */
async function withHiddenKey(identity: MeshIdentity, store: StoreClient): Promise<SecureDataSource | undefined> {
  const source = identity.spec.provider.bundled?.ca?.privateKey;
  if (source?.type !== 'InsecureInline') return source;
  const hidden = await store.readSecretText({ type: 'MeshIdentity', mesh: identity.mesh, name: identity.name });
  const value = hidden === undefined ? undefined : (JSON.parse(hidden) as Readonly<Record<string, string>>)[KEY_PATH];
  return value === undefined ? source : { ...source, insecureInline: { value } };
}

interface Place {
  readonly mesh: string;
  readonly field: string;
  readonly store: StoreClient;
}

async function readSource(source: SecureDataSource | undefined, { mesh, field, store }: Place): Promise<Result<string, string>> {
  const found = source === undefined ? undefined : await readValue(source, mesh, store);
  return found === undefined || found === '' ? err(`${field}: ${source === undefined ? 'there is no source' : describe(source, mesh)}`) : ok(found);
}

async function readValue(source: SecureDataSource, mesh: string, store: StoreClient): Promise<string | undefined> {
  switch (source.type) {
    case 'InsecureInline': return source.insecureInline?.value;
    case 'EnvVar': return process.env[source.envVar?.name ?? ''];
    case 'File': return readFile(source.file?.path ?? '', 'utf8').catch(() => undefined);
    case 'Secret': return store.readSecretText({ type: 'Secret', mesh, name: source.secretRef?.name ?? '' });
  }
}

function describe(source: SecureDataSource, mesh: string): string {
  switch (source.type) {
    case 'InsecureInline': return 'the inline value is empty';
    case 'EnvVar': return `the environment variable ${source.envVar?.name ?? ''} of the control plane is not set`;
    case 'File': return `the file ${source.file?.path ?? ''} cannot be read on the control plane's machine`;
    case 'Secret': return `there is no Secret "${source.secretRef?.name ?? ''}" in mesh "${mesh}": create it`;
  }
}
