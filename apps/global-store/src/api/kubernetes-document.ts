import type { Resource, ResourceDocument, ResourceType } from '@weft/resource-model';

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
