import { compareText } from '@weft/kernel';
import type { BackendRef } from '@weft/policy-model';
import type { Catalog, CatalogItem } from './catalog.ts';
import { namedKri } from './catalog.ts';
import { selects } from './labels.ts';
import type { Policy } from './policy.ts';

/**
 * Where a backendRef leads. `unmatched`: its labels match nothing, so it does not count as a reference at all;
 * `missing`: it names something that is not there.
 */
export type ResolvedBackend =
  | { readonly kind: 'tag'; readonly service: string; readonly tags: Readonly<Record<string, string>>; readonly weight: number }
  | { readonly kind: 'resource'; readonly item: CatalogItem; readonly port: { readonly name: string | undefined; readonly port: number }; readonly weight: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unmatched' };

/** Resolves a backendRef from the view of the route that contributed it. Of several that carry the labels, the oldest counts. */
export function resolveBackendRef(ref: BackendRef, route: Pick<Policy, 'mesh' | 'zone' | 'namespace'>, catalog: Catalog): ResolvedBackend {
  const weight = ref.weight ?? 1;
  if (ref.kind === 'MeshServiceSubset') return { kind: 'tag', service: ref.name ?? '', tags: ref.tags ?? {}, weight };
  if (ref.kind === 'MeshService' && isNameOnly(ref)) return { kind: 'tag', service: ref.name ?? '', tags: {}, weight };
  if (ref.kind !== 'MeshService' && ref.kind !== 'MeshExternalService' && ref.kind !== 'MeshMultiZoneService') return { kind: 'missing' };
  const items = catalog.list(ref.kind);
  const item = ref.labels === undefined ? items.find(({ kri }) => kri === namedKri(ref.kind as 'MeshService', ref, route)) : oldest(items.filter(({ labels }) => selects(ref.labels ?? {}, labels)));
  if (item === undefined) return { kind: ref.labels === undefined ? 'missing' : 'unmatched' };
  const section = ref.sectionName ?? (ref.port === undefined ? '' : String(ref.port));
  const port = item.ports.find((candidate) => candidate.name === section || String(candidate.port) === section) ?? (section === '' ? item.ports[0] : undefined);
  return port === undefined ? { kind: 'missing' } : { kind: 'resource', item, port, weight };
}

function isNameOnly(ref: BackendRef): boolean {
  return ref.port === undefined && ref.sectionName === undefined && ref.labels === undefined && ref.namespace === undefined;
}

function oldest(items: readonly CatalogItem[]): CatalogItem | undefined {
  return [...items].sort((a, b) => compareText(a.creationTime, b.creationTime) || compareText(a.kri, b.kri))[0];
}
