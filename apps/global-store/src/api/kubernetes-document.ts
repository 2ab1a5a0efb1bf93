import type { Resource, ResourceDocument, ResourceType } from '@weft/resource-model';

/** Default namespace of a control plane on Kubernetes. */
const SYSTEM_NAMESPACE = 'kuma-system';

/** `type` of the Secret of Kubernetes that stands for one of ours. */
const SECRET_TYPES: Readonly<Record<string, string>> = { Secret: 'system.kuma.io/secret', GlobalSecret: 'system.kuma.io/global-secret' };

/** The form for Kubernetes (`format=k8s`), in the namespace of a control plane there. Secrets become Secrets of Kubernetes. */
export function kubernetesDocument(type: ResourceType, resource: Resource, namespace = SYSTEM_NAMESPACE): ResourceDocument {
  const secretType = SECRET_TYPES[type.name];
  if (secretType !== undefined) return secretDocument(type, resource, { secretType, namespace });
  const inline = type.form === 'inline';
  return {
    kind: type.name,
    apiVersion: 'kuma.io/v1alpha1',
    ...(inline && type.scope === 'Mesh' && { mesh: resource.mesh }),
    metadata: metadataOf(resource, { ...(!inline && { namespace }), labelled: !inline && type.scope === 'Mesh' }),
    spec: resource.spec,
  };
}

function secretDocument(type: ResourceType, resource: Resource, { secretType, namespace }: { readonly secretType: string; readonly namespace: string }): ResourceDocument {
  const { data } = resource.spec as { readonly data?: unknown };
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: metadataOf(resource, { namespace, labelled: type.scope === 'Mesh' }),
    data: { value: data },
    type: secretType,
  };
}

function metadataOf(resource: Resource, { namespace, labelled }: { readonly namespace?: string; readonly labelled: boolean }): object {
  return {
    name: resource.name,
    ...(namespace !== undefined && { namespace }),
    creationTimestamp: resource.creationTime.replace(/\.\d+Z$/, 'Z'),
    ...(labelled && { labels: { 'kuma.io/mesh': resource.mesh } }),
  };
}
