import type { TargetRef } from '../../target-ref/schema.ts';

const SERVICE = 'kuma.io/service';
const ANY = '*';

/** What a selector means as a reference: the service if it names one, and the tags beside. */
export function selectorRef({ [SERVICE]: service, ...tags }: Readonly<Record<string, string>>): TargetRef {
  const more = Object.keys(tags).length > 0;
  if (service === undefined || service === ANY) return more ? { kind: 'MeshSubset', tags } : { kind: 'Mesh' };
  return more ? { kind: 'MeshServiceSubset', name: service, tags } : { kind: 'MeshService', name: service };
}
