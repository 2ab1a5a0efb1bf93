import type { Clock } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import { resourceId, type Change, type DataplaneSpec, type MeshSpec, type Resource, type TrustBundleSpec } from '@weft/resource-model';
import { TokenVerifier } from '@weft/tokens';

/** Types of which the server itself needs to know something; the rest is the engine's. */
const WATCHED = new Set(['Mesh', 'Dataplane', 'TrustBundle', 'TokenPublicKey', 'TokenRevocations']);

/** The CA that a mesh's certificates come from now, and what peers must trust. */
export interface MeshTrust {
  readonly backend: string;
  readonly generation: number;
  readonly caPem: readonly string[];
}

/** What the server reads of the feed beside the engine: who the proxies are, what verifies their tokens, whom they trust. */
export class FeedView {
  readonly verifier: TokenVerifier;
  readonly #byId = new Map<string, Resource>();

  constructor(clock: Clock) {
    this.verifier = new TokenVerifier(clock);
  }

  /** Replaces everything known. */
  load(resources: Iterable<Resource>): void {
    for (const known of this.#byId.values()) this.verifier.remove(known);
    this.#byId.clear();
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
      if (key.type === 'TrustBundle') trust.add(key.mesh);
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
    return this.#byId.get(resourceId({ type: 'Dataplane', ...key })) as Resource<DataplaneSpec> | undefined;
  }

  mesh(name: string): Resource<MeshSpec> | undefined {
    return this.#byId.get(resourceId({ type: 'Mesh', mesh: '', name })) as Resource<MeshSpec> | undefined;
  }

  /** Trust of a mesh with mTLS; undefined where mTLS is off or the CA's bundle has not come yet. */
  trust(mesh: string): MeshTrust | undefined {
    const backend = this.mesh(mesh)?.spec.mtls?.enabledBackend;
    if (!backend) return undefined;
    const bundle = this.#byId.get(resourceId({ type: 'TrustBundle', mesh, name: backend })) as Resource<TrustBundleSpec> | undefined;
    return bundle === undefined ? undefined : { backend, generation: bundle.spec.generation, caPem: bundle.spec.caPem };
  }

  #put(resource: Resource): void {
    if (!WATCHED.has(resource.type)) return;
    this.#byId.set(resourceId(resource), resource);
    this.verifier.put(resource);
  }

  #remove(key: { readonly type: string; readonly mesh: string; readonly name: string }): void {
    this.#byId.delete(resourceId(key));
    this.verifier.remove(key);
  }
}
