import { DEFAULT_LEAF_LIFETIME_MS, loadAuthority, type Authority } from '@weft/ca-core';
import { err, MeshError, ok, parseDuration, type Result } from '@weft/kernel';
import { trustDomainOf, type MeshIdentity } from '@weft/mesh-identity';
import type { Condition, MeshSpec } from '@weft/resource-model';
import type { KeyMaterial } from '../key-material.ts';
import type { MeshAuthorityPorts } from '../mesh-authority.ts';
import { generatedMaterial, providedMaterial } from './identity-material.ts';

/** A MeshIdentity's CA, ready to sign. */
export interface IdentityCa {
  readonly authority: Authority;
  readonly trustDomain: string;
  readonly leafLifetimeMs: number;
}

/** Why there is no CA: the condition that is not met. */
export type Unmet = Pick<Condition, 'type' | 'reason' | 'message'>;

/** What is known around an identity. */
export interface IdentitySurroundings extends MeshAuthorityPorts {
  readonly mesh: MeshSpec;
  readonly zone: string;
}

/** The CA of an identity, made or read as it says, or the condition that is in the way. Undefined while another replica makes it. */
export async function obtainIdentityCa(identity: MeshIdentity, around: IdentitySurroundings): Promise<Result<IdentityCa, Unmet> | undefined> {
  const blocked = beforehand(identity, around.mesh);
  if (blocked !== undefined) return err(blocked);
  const trustDomain = trustDomainOf(identity, around.zone);
  if (!trustDomain.ok) return err({ type: 'SpiffeIDProvider', reason: 'TrustDomainError', message: trustDomain.error });
  const bundled = identity.spec.provider.bundled;
  const generated = bundled?.autogenerate?.enabled === true;
  const material = generated ? await generatedMaterial(identity, trustDomain.value, around) : await providedMaterial(identity, around.store);
  if (material === undefined) return undefined;
  if (!material.ok) return err({ type: 'Provider', reason: 'ProviderInitializationError', message: material.error });
  const authority = load(identity, material.value, around);
  if (!authority.ok) return err({ type: 'Provider', reason: 'ProviderValidationError', message: authority.error });
  const expiry = parseDuration(bundled?.certificateParameters?.expiry ?? '');
  return ok({ authority: authority.value, trustDomain: trustDomain.value, leafLifetimeMs: expiry.ok && expiry.value > 0 ? expiry.value : DEFAULT_LEAF_LIFETIME_MS });
}

/** What must hold before a CA is looked for at all. */
function beforehand({ spec: { provider } }: MeshIdentity, mesh: MeshSpec): Unmet | undefined {
  if (mesh.meshServices?.mode !== 'Exclusive') {
    return { type: 'DependenciesReady', reason: 'MeshServicesDisabled', message: 'MeshIdentity needs real services: set meshServices.mode to Exclusive on the Mesh' };
  }
  if (provider.type === 'Bundled') return undefined;
  return { type: 'Provider', reason: 'ProviderNotFoundError', message: `provider ${provider.type} is not served here: use Bundled, generated or with a CA of your own` };
}

function load(identity: MeshIdentity, material: KeyMaterial, { crypto, clock }: IdentitySurroundings): Result<Authority, string> {
  try {
    const authority = loadAuthority(material.certificatePem, material.privateKeyPem, { what: `MeshIdentity ${identity.name}` }, crypto);
    if (authority.isSelfSigned && identity.spec.provider.bundled?.insecureAllowSelfSigned !== true) return err('the CA is self-signed: set insecureAllowSelfSigned to true to use it all the same');
    if (authority.notAfter <= clock.now()) return err(`the CA expired on ${new Date(authority.notAfter).toISOString()}: replace it`);
    return ok(authority);
  } catch (caught) {
    return err(MeshError.from(caught).message);
  }
}
