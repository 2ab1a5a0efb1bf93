import { readFile } from 'node:fs/promises';
import { MeshError } from '@weft/kernel';
import type { CaBackend, DataSource } from '@weft/resource-model';
import type { StoreClient } from './store-client.ts';

/** A CA as text: certificates and private key in PEM. */
export interface KeyMaterial {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Names of the Secrets that hold a mesh's builtin CA (Kuma 2.14). */
export function builtinSecretNames(mesh: string, backend: string): { readonly certificate: string; readonly key: string } {
  return { certificate: `${mesh}.ca-builtin-cert-${backend}`, key: `${mesh}.ca-builtin-key-${backend}` };
}

/** Names of the Secrets of a mesh that a backend's CA is read from. */
export function secretsOf(mesh: string, backend: CaBackend): readonly string[] {
  if (backend.type === 'builtin') return Object.values(builtinSecretNames(mesh, backend.name));
  return [backend.conf?.cert?.secret, backend.conf?.key?.secret].filter((name) => name !== undefined);
}

/** The builtin CA as stored; undefined unless both Secrets are there. */
export async function readBuiltin(store: StoreClient, mesh: string, backend: string): Promise<KeyMaterial | undefined> {
  const names = builtinSecretNames(mesh, backend);
  const [certificatePem, privateKeyPem] = await Promise.all([names.certificate, names.key].map((name) => store.readSecretText({ type: 'Secret', mesh, name })));
  return certificatePem === undefined || privateKeyPem === undefined ? undefined : { certificatePem, privateKeyPem };
}

/** The CA that an operator provided, from wherever the mesh says. Throws `ca/invalid` with the field that is wrong. */
export async function readProvided(store: StoreClient, mesh: string, backend: CaBackend): Promise<KeyMaterial> {
  const hidden = await hiddenValues(store, mesh);
  const read = (field: 'cert' | 'key'): Promise<string> => {
    const at = Object.keys(hidden).find((path) => path.includes(`.conf.${field}.`));
    const stored = at === undefined ? {} : { [at.slice(at.lastIndexOf('.') + 1)]: hidden[at] };
    return readSource(store, { ...backend.conf?.[field], ...stored }, { mesh, where: `Mesh ${mesh}, mtls backend ${backend.name}, conf.${field}` });
  };
  const [certificatePem, privateKeyPem] = await Promise.all([read('cert'), read('key')]);
  return { certificatePem, privateKeyPem };
}

async function readSource(store: StoreClient, source: DataSource, place: { readonly mesh: string; readonly where: string }): Promise<string> {
  if (source.inlineString !== undefined) return source.inlineString;
  if (source.inline !== undefined) return Buffer.from(source.inline, 'base64').toString('utf8');
  if (source.secret !== undefined) {
    const found = await store.readSecretText({ type: 'Secret', mesh: place.mesh, name: source.secret });
    if (found === undefined) throw new MeshError('ca/invalid', `${place.where}: there is no Secret "${source.secret}" in the mesh: create it`);
    return found;
  }
  if (source.file === undefined) throw new MeshError('ca/invalid', `${place.where}: set one of secret, file, inline, inlineString`);
  try {
    return await readFile(source.file, 'utf8');
  } catch (cause) {
    throw new MeshError('ca/invalid', `${place.where}: the file ${source.file} cannot be read on this machine`, { cause });
  }
}

/** Inline keys are kept apart from the Mesh, by the path at which they stood; a mesh has one backend at most. */
async function hiddenValues(store: StoreClient, mesh: string): Promise<Readonly<Record<string, string>>> {
  const text = await store.readSecretText({ type: 'Mesh', mesh: '', name: mesh });
  return text === undefined ? {} : (JSON.parse(text) as Readonly<Record<string, string>>);
}
