import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import { kriOf } from '@weft/policy-engine';
import { spiffeIdOf } from '@weft/mesh-identity';
import type { Naming } from './naming.ts';
import type { MeshCredentials, MeshView } from './proxy-view.ts';

/** SDS name of the bundle of all trust domains of a mesh (Kuma 2.14). */
export const TRUST_BUNDLE = 'system_trust_bundle';

/** The identity that a MeshIdentity gives to a proxy. */
export interface WorkloadIdentity {
  /** Name of the MeshIdentity. */
  readonly name: string;
  readonly spiffeId: string;
}

/** A certificate that a proxy can present, and what belongs to it. */
export interface Credentials extends MeshCredentials {
  /** Tells credentials of one proxy apart. */
  readonly id: string;
  /** Undefined where the certificate is of the mesh's own CA. */
  readonly workload: WorkloadIdentity | undefined;
}

/** What a proxy presents now, and what it is to present. */
export interface CredentialChoice {
  readonly current: Credentials | undefined;
  /** Id of the credentials that it is to move to once its peers know of them. */
  readonly next: string | undefined;
  /** Why there can be no config: the identity that selects the proxy cannot name it, or nobody would trust it. */
  readonly refusal: string | undefined;
}

/** What happened to a proxy's credentials so far. */
export interface CredentialHistory {
  /** Id of those that it presents. */
  readonly held: string | undefined;
  /** Id of those of which its peers know. */
  readonly released: string | undefined;
}

/** What credentials are chosen from. */
export interface CredentialSources {
  readonly mesh: MeshState;
  readonly view: MeshView;
  readonly entry: DataplaneEntry;
  readonly naming: Naming;
  readonly unified: boolean;
}

/**
 * The certificate of the best usable MeshIdentity, else of the mesh's CA, else none. A proxy that presents another one
 * keeps it, as long as that exists, until its move is released: its peers must know the next one first.
 */
export function chooseCredentials(sources: CredentialSources, { held, released }: CredentialHistory): CredentialChoice {
  const { mesh, entry } = sources;
  const [best, ...others] = mesh.identities.usableBy(entry.resource);
  const wanted = best === undefined ? undefined : workloadCredentials(sources, best.name);
  if (wanted?.ok === false) return { current: undefined, next: undefined, refusal: wanted.error };
  const legacy = meshCredentials(sources);
  const target = wanted?.value ?? legacy;
  const [unusable] = target === undefined ? mesh.identities.selecting(entry.resource) : [];
  if (unusable !== undefined) return { current: undefined, next: undefined, refusal: `MeshIdentity "${unusable.name}" selects Dataplane "${entry.resource.name}", but no MeshTrust names its trust domain: without one it would serve plaintext` };
  if (held === undefined || target === undefined || target.id === held || target.id === released) return { current: target, next: undefined, refusal: undefined };
  const possible = [legacy, ...others.map(({ name }) => workloadCredentials(sources, name)).map((made) => (made.ok ? made.value : undefined))];
  const kept = possible.find((candidate) => candidate?.id === held);
  return kept === undefined ? { current: target, next: undefined, refusal: undefined } : { current: kept, next: target.id, refusal: undefined };
}

type Made = { readonly ok: true; readonly value: Credentials } | { readonly ok: false; readonly error: string };

function workloadCredentials({ mesh, view, entry }: CredentialSources, name: string): Made {
  const identity = mesh.identities.identities.get(name);
  if (identity === undefined) return { ok: false, error: `there is no MeshIdentity "${name}"` };
  const spiffeId = spiffeIdOf(identity, entry.resource);
  if (!spiffeId.ok) return spiffeId;
  const domains = view.mtls === undefined ? mesh.identities.trustDomains : [...mesh.identities.trustDomains, mesh.name];
  const kri = kriOf(identity, 'mid');
  return { ok: true, value: {
    id: `${kri} ${spiffeId.value}`, workload: { name, spiffeId: spiffeId.value }, identity: kri, trust: TRUST_BUNDLE,
    clients: [...new Set(domains)].sort().map((domain) => `spiffe://${domain}/`),
  } };
}

/** Once the mesh has a MeshTrust, its bundle holds the mesh CA too, and a client of any of its domains may call. */
function meshCredentials({ mesh, view, naming, unified }: CredentialSources): Credentials | undefined {
  if (view.mtls === undefined) return undefined;
  const identity = naming.identitySecretName(mesh.name, unified);
  const own = { id: `mesh ${view.mtls.backend}`, workload: undefined, identity };
  return mesh.identities.trustDomains.length > 0
    ? { ...own, trust: TRUST_BUNDLE, clients: [] }
    : { ...own, trust: naming.caSecretName(mesh.name, unified), clients: [`spiffe://${mesh.name}/`] };
}
