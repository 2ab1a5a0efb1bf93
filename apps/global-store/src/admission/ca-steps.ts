import { loadAuthority } from '@weft/ca-core';
import { nodeCertificateCrypto } from '@weft/ca-crypto-node';
import { MeshError, type Violation } from '@weft/kernel';
import type { CaBackend, DataSource, MeshSpec } from '@weft/resource-model';
import type { Step } from './draft.ts';

/** A Mesh's spec as somebody wrote it, before anything was checked. */
interface UncheckedMesh {
  readonly mtls?: { readonly skipValidation?: unknown; readonly backends?: unknown } | null;
}

/** Names of the Secrets that a mesh's provided CAs are read from; admission must know what they hold. */
export function providedCaSecrets({ mtls }: UncheckedMesh): readonly string[] {
  const backends: readonly unknown[] = mtls?.skipValidation === true || !Array.isArray(mtls?.backends) ? [] : mtls.backends;
  const sources = (backends as readonly (Partial<CaBackend> | null)[]).flatMap((backend) => (backend?.type === 'provided' ? [backend.conf?.cert?.secret, backend.conf?.key?.secret] : []));
  return sources.filter((name) => typeof name === 'string');
}

/**
 * A provided CA must be one: a certificate that may sign, and the key that belongs to it. What a file holds only the
 * machine of the CA service can tell, so files are looked at there. `mtls.skipValidation` turns this off.
 */
export const checkProvidedCa: Step = {
  name: 'check provided CA',
  stage: 'process',
  run: (draft, { caSecrets }) => {
    const { mtls } = draft.resource.spec as MeshSpec;
    if (draft.type.name !== 'Mesh' || mtls?.skipValidation === true) return draft;
    const violations = providedBackends(mtls).flatMap(({ backend, path }) => backendViolations(backend, path, caSecrets));
    return violations.length === 0 ? draft : violations;
  },
};

interface ProvidedBackend {
  readonly backend: CaBackend;
  readonly path: string;
}

function providedBackends(mtls: MeshSpec['mtls']): readonly ProvidedBackend[] {
  return (mtls?.backends ?? []).flatMap((backend, index) => (backend.type === 'provided' ? [{ backend, path: `mtls.backends[${index}].conf` }] : []));
}

function backendViolations({ conf }: CaBackend, path: string, secrets: ReadonlyMap<string, string>): readonly Violation[] {
  const missing = (['cert', 'key'] as const).flatMap((field) => {
    const secret = conf?.[field]?.secret;
    return secret === undefined || secrets.has(secret) ? [] : [{ path: `${path}.${field}`, message: `there is no Secret "${secret}" in the mesh: create it first` }];
  });
  const cert = textOf(conf?.cert, secrets);
  const key = textOf(conf?.key, secrets);
  if (missing.length > 0 || cert === undefined || key === undefined) return missing;
  try {
    loadAuthority(cert, key, { what: 'not usable as a CA' }, nodeCertificateCrypto);
    return [];
  } catch (caught) {
    return [{ path, message: MeshError.from(caught).message }];
  }
}

/** Undefined where it cannot be known here. */
function textOf(source: DataSource | undefined, secrets: ReadonlyMap<string, string>): string | undefined {
  if (source?.inlineString !== undefined) return source.inlineString;
  if (source?.inline !== undefined) return Buffer.from(source.inline, 'base64').toString('utf8');
  return source?.secret === undefined ? undefined : secrets.get(source.secret);
}
