import type { Clock } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import { trustedDomains, type MeshIdentity, type MeshTrust, type TrustedDomain } from '@weft/mesh-identity';
import { resourceId, type Change, type DataplaneSpec, type MeshSpec, type MeshTrustSpec, type Resource, type TrustBundleSpec } from '@weft/resource-model';
import { TokenVerifier, type TrustedKeys } from '@weft/tokens';

/** Types of which the server itself needs to know something; the rest is the engine's. */
const WATCHED = new Set(['Mesh', 'Dataplane', 'ZoneIngress', 'ZoneEgress', 'TrustBundle', 'MeshIdentity', 'MeshTrust', 'TokenPublicKey', 'TokenRevocations']);

/** The CA that certificates come from now, and its own certificates. */
export interface IssuingCa {
  readonly backend: string;
  readonly generation: number;
  readonly caPem: readonly string[];
}

/** What the resources of all kinds of proxies have in common. */
export interface ProxySpec {
  /** Of zone proxies; absent: not said. */
  readonly zone?: string;
  readonly networking?: { readonly address?: string; readonly port?: number; readonly admin?: { readonly port?: number } };
}

interface IdentityResources {
  readonly identities: readonly MeshIdentity[];
  readonly trusts: readonly Resource<MeshTrustSpec>[];
  /** Made at first use; the same object as long as nothing changes. */
  domains?: readonly TrustedDomain[];
}

/** What the server reads of the feed beside the engine: who the proxies are, what verifies their tokens, whom they trust. */
export class FeedView {
  readonly verifier: TokenVerifier;
  /** Of zone tokens. */
  readonly zoneVerifier: TokenVerifier;
  readonly #byId = new Map<string, Resource>();
  readonly #identityResources = new Map<string, IdentityResources>();

  /** `keys`, `zoneKeys`: those of dataplane and zone tokens that the configuration names. */
  constructor(clock: Clock, keys?: TrustedKeys, zoneKeys?: TrustedKeys) {
    this.verifier = new TokenVerifier(clock, keys);
    this.zoneVerifier = new TokenVerifier(clock, zoneKeys);
  }

  /** Replaces everything known. */
  load(resources: Iterable<Resource>): void {
    for (const known of this.#byId.values()) for (const verifier of this.#verifiers) verifier.remove(known);
    this.#byId.clear();
    this.#identityResources.clear();
    for (const resource of resources) this.#put(resource);
  }

  /** Applies changes; says which meshes may have a changed CA, and which changed in themselves or in their proxies. */
  apply(changes: readonly Change[]): { readonly trust: ReadonlySet<string>; readonly meshes: ReadonlySet<string> } {
    const trust = new Set<string>();
    const meshes = new Set<string>();
    for (const change of changes) {
      if (change.op === 'envelope') continue;
      const key = change.op === 'put' ? change.resource : change.key;
      if (!WATCHED.has(key.type)) continue;
      if (key.type === 'Mesh') for (const set of [trust, meshes]) set.add(key.name);
      if (key.type === 'TrustBundle' || key.type === 'MeshTrust') trust.add(key.mesh);
      if (key.type !== 'Dataplane') this.#identityResources.delete(key.type === 'Mesh' ? key.name : key.mesh);
      if (key.type === 'Dataplane') meshes.add(key.mesh);
      if (change.op === 'put') this.#put(change.resource);
      else this.#remove(change.key);
    }
    return { trust, meshes };
  }

  /** The Dataplanes of a mesh; looks through all that is known. */
  * dataplanes(mesh: string): Iterable<Resource<DataplaneSpec>> {
    for (const resource of this.#byId.values()) if (resource.type === 'Dataplane' && resource.mesh === mesh) yield resource as Resource<DataplaneSpec>;
  }

  /** Names of the meshes. */
  get meshNames(): ReadonlySet<string> {
    return new Set([...this.#byId.values()].flatMap(({ type, name }) => (type === 'Mesh' ? [name] : [])));
  }

  dataplane(key: ProxyKey): Resource<DataplaneSpec> | undefined {
    return this.#byId.get(resourceId({ type: 'Dataplane', mesh: key.mesh, name: key.name })) as Resource<DataplaneSpec> | undefined;
  }

  /** The resource of any kind of proxy. */
  proxy(key: ProxyKey): Resource<ProxySpec> | undefined {
    return this.#byId.get(resourceId({ type: 'Dataplane', ...key })) as Resource<ProxySpec> | undefined;
  }

  mesh(name: string): Resource<MeshSpec> | undefined {
    return this.#byId.get(resourceId({ type: 'Mesh', mesh: '', name })) as Resource<MeshSpec> | undefined;
  }

  /** The MeshIdentities of a mesh. */
  identities(mesh: string): readonly MeshIdentity[] {
    return this.#found(mesh).identities;
  }

  /** Every trust domain of a mesh with its CAs, the mesh CA under the mesh's name among them; undefined where there is none yet. */
  trustDomains(mesh: string): readonly TrustedDomain[] | undefined {
    const found = this.#found(mesh);
    if (found.domains === undefined) {
      const own = this.trust(mesh);
      const trusts: MeshTrust[] = found.trusts.map(({ spec }) => ({ spec }));
      if (own !== undefined) trusts.push({ spec: { trustDomain: mesh, caBundles: own.caPem.map((value) => ({ type: 'Pem', pem: { value } })) } });
      found.domains = trustedDomains(trusts);
    }
    return found.domains.length === 0 ? undefined : found.domains;
  }

  /** The CA behind a leaf: of the mesh, or of a MeshIdentity. */
  issuer(ref: { readonly mesh: string; readonly identity?: string }): IssuingCa | undefined {
    return ref.identity === undefined ? this.trust(ref.mesh) : this.#bundle(ref.mesh, `identity.${ref.identity}`);
  }

  /** Trust of a mesh with mTLS; undefined where mTLS is off or the CA's bundle has not come yet. */
  trust(mesh: string): IssuingCa | undefined {
    const backend = this.mesh(mesh)?.spec.mtls?.enabledBackend;
    if (!backend) return undefined;
    return this.#bundle(mesh, backend);
  }

  #bundle(mesh: string, backend: string): IssuingCa | undefined {
    const bundle = this.#byId.get(resourceId({ type: 'TrustBundle', mesh, name: backend })) as Resource<TrustBundleSpec> | undefined;
    return bundle === undefined ? undefined : { backend, generation: bundle.spec.generation, caPem: bundle.spec.caPem };
  }

  /** Looked for once per change: a mesh has a handful among thousands of resources. */
  #found(mesh: string): IdentityResources {
    const known = this.#identityResources.get(mesh);
    if (known !== undefined) return known;
    const ofMesh = [...this.#byId.values()].filter((resource) => resource.mesh === mesh);
    const found: IdentityResources = {
      identities: ofMesh.filter(({ type }) => type === 'MeshIdentity') as MeshIdentity[],
      trusts: ofMesh.filter(({ type }) => type === 'MeshTrust') as Resource<MeshTrustSpec>[],
    };
    this.#identityResources.set(mesh, found);
    return found;
  }

  get #verifiers(): readonly TokenVerifier[] {
    return [this.verifier, this.zoneVerifier];
  }

  #put(resource: Resource): void {
    if (!WATCHED.has(resource.type)) return;
    this.#byId.set(resourceId(resource), resource);
    for (const verifier of this.#verifiers) verifier.put(resource);
  }

  #remove(key: { readonly type: string; readonly mesh: string; readonly name: string }): void {
    this.#byId.delete(resourceId(key));
    for (const verifier of this.#verifiers) verifier.remove(key);
  }
}
