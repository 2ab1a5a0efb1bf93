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

interface IdentityCa {
  readonly provider?: { readonly bundled?: { readonly ca?: Readonly<Record<string, { readonly type?: string; readonly secretRef?: { readonly name?: string } } | undefined>> } };
}

/**
 * Why a secret cannot be deleted: the text names the MeshIdentity that takes its CA from it. A CA that was generated is
 * no such case: deleting both of its secrets is how it is made anew.
 */
export function secretOfIdentity(secret: string, identities: readonly Resource[]): string | undefined {
  const user = identities.find(({ spec }) => Object.values((spec as IdentityCa).provider?.bundled?.ca ?? {}).some((source) => source?.type === 'Secret' && source.secretRef?.name === secret));
  return user && `The secret "${secret}" that you are trying to remove is currently in use in MeshIdentity "${user.name}". Please remove the reference from its CA before removing the secret.`;
}
