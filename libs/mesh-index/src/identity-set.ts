import { compareText, equalData } from '@weft/kernel';
import { matchingIdentities, spiffeIdOf, trustDomainOf, type IdentifiedProxy, type MeshIdentity, type MeshTrust } from '@weft/mesh-identity';

/** The MeshIdentities and MeshTrusts of one mesh. */
export class IdentitySet {
  readonly #identities = new Map<string, MeshIdentity>();
  /** Names of those that have a CA: once it was there, a failure of it must not turn proxies back to plaintext. */
  readonly #issuing = new Set<string>();
  readonly #trusts = new Map<string, MeshTrust>();
  #domains: readonly string[] = [];
  /** By Dataplane; a change of one proxy must not cost the rendering of all others. */
  #ids = new WeakMap<IdentifiedProxy, readonly string[]>();

  get empty(): boolean {
    return this.#identities.size === 0 && this.#trusts.size === 0 && this.#issuing.size === 0;
  }

  /** MeshIdentities by name. */
  get identities(): ReadonlyMap<string, MeshIdentity> {
    return this.#identities;
  }

  /** Trust domains that some MeshTrust speaks of, in order. */
  get trustDomains(): readonly string[] {
    return this.#domains;
  }

  /** Sets or removes an identity; true where somebody may be somebody else now. */
  setIdentity(name: string, identity: MeshIdentity | undefined): boolean {
    const before = this.#identities.get(name);
    if (identity === undefined) this.#identities.delete(name);
    else this.#identities.set(name, identity);
    if (equalData(naming(before), naming(identity))) return false;
    this.#ids = new WeakMap();
    return true;
  }

  /** Whether an identity's CA has been published; true where somebody may be somebody else now. */
  setIssuing(name: string, issuing: boolean): boolean {
    if (this.#issuing.has(name) === issuing) return false;
    if (issuing) this.#issuing.add(name);
    else this.#issuing.delete(name);
    this.#ids = new WeakMap();
    return true;
  }

  /** Sets or removes a MeshTrust; true where the trust domains are others now. */
  setTrust(name: string, trust: MeshTrust | undefined): boolean {
    if (trust === undefined) this.#trusts.delete(name);
    else this.#trusts.set(name, trust);
    const before = this.#domains;
    this.#domains = [...new Set([...this.#trusts.values()].map(({ spec }) => spec.trustDomain))].sort(compareText);
    return !equalData(before, this.#domains);
  }

  /** The identities that select a proxy and have a CA, best first. */
  selecting(proxy: IdentifiedProxy): readonly MeshIdentity[] {
    return matchingIdentities([...this.#identities.values()].filter(({ name }) => this.#issuing.has(name)), proxy.labels);
  }

  /** Those that a proxy may present, best first: of a trust domain that the mesh trusts, so that its peers will accept it. */
  usableBy(proxy: IdentifiedProxy): readonly MeshIdentity[] {
    return this.selecting(proxy).filter((identity) => {
      const domain = trustDomainOf(identity, proxy.labels['kuma.io/zone'] ?? '');
      return domain.ok && this.#domains.includes(domain.value);
    });
  }

  /**
   * Every SPIFFE id by which a proxy may be met: of all identities that select it, not of the best one only, so
   * that its callers accept the next one before it presents it.
   */
  idsOf(proxy: IdentifiedProxy): readonly string[] {
    const known = this.#ids.get(proxy);
    if (known !== undefined) return known;
    const ids = this.selecting(proxy).flatMap((identity) => {
      const id = spiffeIdOf(identity, proxy);
      return id.ok ? [id.value] : [];
    });
    this.#ids.set(proxy, ids);
    return ids;
  }
}

/** What of an identity decides who has which id. */
function naming(identity: MeshIdentity | undefined): unknown {
  return identity && [identity.spec.selector, identity.spec.spiffeID, identity.labels];
}
