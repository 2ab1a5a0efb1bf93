import type { TargetRef } from '../../target-ref/schema.ts';

const SERVICE = 'kuma.io/service';
const ANY = '*';

/** What a selector means as a reference: the service if it names one, and the tags beside. */
export function selectorRef({ [SERVICE]: service, ...tags }: Readonly<Record<string, string>>): TargetRef {
  const more = Object.keys(tags).length > 0;
  if (service === undefined || service === ANY) return more ? { kind: 'MeshSubset', tags } : { kind: 'Mesh' };
  return more ? { kind: 'MeshServiceSubset', name: service, tags } : { kind: 'MeshService', name: service };
}

/** Callers by identity: the service of the mesh's own CA, or everyone (no matches). Undefined where tags beside the service are asked for. */
export function identityMatches({ kind, name = '' }: TargetRef, mesh: string): readonly { readonly spiffeID: { readonly type: 'Exact'; readonly value: string } }[] | undefined {
  if (kind === 'Mesh') return [];
  return kind === 'MeshService' ? [{ spiffeID: { type: 'Exact', value: `spiffe://${mesh}/${name}` } }] : undefined;
}
