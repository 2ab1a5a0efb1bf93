import type { Resource, ResourceType } from '@weft/resource-model';

/** A resource as the API shows it. */
export type ResourceDocument = Readonly<Record<string, unknown>>;

/** The document of a resource: meta first, in the order that Kuma 2.14 writes, then the spec by the type's form. */
export function resourceDocument(type: ResourceType, resource: Resource): ResourceDocument {
  const meta = metaOf(type, resource);
  if (type.form === 'inline') return { ...meta, ...(resource.spec as object) };
  return { ...meta, spec: resource.spec, ...(resource.status !== undefined && { status: resource.status }) };
}

/** The meta fields alone. */
export function metaOf(type: ResourceType, resource: Resource): ResourceDocument {
  const kri = kriOf(type, resource);
  return {
    type: type.name,
    ...(type.scope === 'Mesh' && { mesh: resource.mesh }),
    name: resource.name,
    creationTime: resource.creationTime,
    modificationTime: resource.modificationTime,
    ...(Object.keys(resource.labels).length > 0 && { labels: resource.labels }),
    ...(kri !== undefined && { kri }),
  };
}

/** The identifier `kri_<short>_<mesh>_<zone>_<namespace>_<name>_<section>`; undefined for types without short name. */
export function kriOf(type: ResourceType, resource: Pick<Resource, 'mesh' | 'name' | 'labels'>): string | undefined {
  if (type.shortName === undefined) return undefined;
  const { labels } = resource;
  return ['kri', type.shortName, resource.mesh, labels['kuma.io/zone'] ?? '', labels['k8s.kuma.io/namespace'] ?? '', labels['kuma.io/display-name'] ?? resource.name, ''].join('_');
}

/** The form for Kubernetes (`format=k8s`). */
export function kubernetesDocument(type: ResourceType, resource: Resource): ResourceDocument {
  const inline = type.form === 'inline';
  const labels = !inline && type.scope === 'Mesh' ? { 'kuma.io/mesh': resource.mesh } : undefined;
  return {
    kind: type.name,
    apiVersion: 'kuma.io/v1alpha1',
    ...(inline && type.scope === 'Mesh' && { mesh: resource.mesh }),
    metadata: {
      name: resource.name,
      ...(type.scope === 'Mesh' && !inline && { namespace: 'kuma-system' }),
      creationTimestamp: resource.creationTime.replace(/\.\d+Z$/, 'Z'),
      ...(labels && { labels }),
    },
    spec: resource.spec,
  };
}
