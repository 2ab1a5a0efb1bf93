import type { Resource } from '@weft/resource-model';

interface Backend {
  readonly name: string;
  readonly type: string;
  readonly conf?: { readonly cert?: { readonly secret?: string }; readonly key?: { readonly secret?: string } };
}

/** Why a secret cannot be deleted: the text names the mTLS backend of the mesh that uses it. Undefined where none does. */
export function secretInUse(secret: string, mesh: Resource): string | undefined {
  const backends = (mesh.spec as { readonly mtls?: { readonly backends?: readonly Backend[] } }).mtls?.backends ?? [];
  const user = backends.find((backend) => secretsOf(backend, mesh.name).includes(secret));
  return user && `The secret "${secret}" that you are trying to remove is currently in use in Mesh "${mesh.name}" in mTLS backend "${user.name}". Please remove the reference from the "${user.name}" backend before removing the secret.`;
}

function secretsOf({ name, type, conf }: Backend, mesh: string): readonly (string | undefined)[] {
  if (type === 'builtin') return [`${mesh}.ca-builtin-cert-${name}`, `${mesh}.ca-builtin-key-${name}`];
  return [conf?.cert?.secret, conf?.key?.secret];
}
