import type { DataplaneEntry } from '@weft/mesh-index';
import { groupBy, sortedBy } from '@weft/kernel';
import { SERVICE_TAG } from '@weft/policy-engine';
import type { Naming } from './naming.ts';
import type { MeshView, SecretRef } from './proxy-view.ts';

/** The proxy's own certificate and the bundle of its mesh; none where the mesh has no mTLS. */
export function secretRefs({ subject }: DataplaneEntry, mesh: MeshView, naming: { readonly names: Naming; readonly unified: boolean }): readonly SecretRef[] {
  if (mesh.mtls === undefined) return [];
  const all = [...subject.inbounds.map(({ tags }) => tags), ...(subject.gateway === undefined ? [] : [subject.gateway.tags])];
  const byKey = groupBy(all.flatMap((tags) => Object.entries(tags)), ([key]) => key);
  const tags = Object.fromEntries(sortedBy(byKey, ([key]) => key).map(([key, pairs]) => [key, [...new Set(pairs.map(([, value]) => value))].sort()]));
  return [
    { kind: 'identity', name: naming.names.identitySecretName(mesh.name, naming.unified), mesh: mesh.name, services: tags[SERVICE_TAG] ?? [], tags },
    { kind: 'ca', name: naming.names.caSecretName(mesh.name, naming.unified), mesh: mesh.name },
  ];
}
