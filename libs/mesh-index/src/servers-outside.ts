import type { DataplaneSpec, ExternalServiceSpec, MeshExternalServiceSpec, MeshExternalServiceStatus, Resource } from '@weft/resource-model';
import type { EndpointSetKey, MeshDirty } from './dirty.ts';
import { EgressListeners } from './egress-listeners.ts';
import type { Endpoint } from './endpoint.ts';
import type { IdentitySet } from './identity-set.ts';
import { setExternal, type MeshExternalServiceEntry } from './mesh-external-service-entry.ts';
import { egressEndpoints } from './remote-endpoints.ts';
import { serverEndpoints, TaggedExternals } from './tagged-externals.ts';
import type { ZoneAddress, ZoneSet } from './zone-set.ts';

/** What somebody contributes to endpoint sets. `source`: stands for all that replaces each other. */
export interface Contribution {
  readonly source: string;
  /** A Dataplane; default: the source. */
  readonly contributor?: string;
  readonly endpoints: ReadonlyMap<EndpointSetKey, readonly Endpoint[]>;
}

/** What decides where ways to MeshExternalServices begin. */
export interface EgressChoice {
  /** Listeners count only in a mesh that knows nothing but MeshServices. */
  readonly exclusive: boolean;
  /** ZoneEgresses serve only meshes with a CA. */
  readonly hasCa: boolean;
  readonly zones: ZoneSet;
  readonly identities: IdentitySet;
}

/** The servers outside one mesh, and the egresses of its own that lead there. */
export class ServersOutside {
  readonly named = new Map<string, MeshExternalServiceEntry>();
  readonly tagged = new TaggedExternals();
  readonly #listeners = new EgressListeners();

  get empty(): boolean {
    return this.named.size === 0 && this.tagged.empty;
  }

  setNamed(name: string, resource: Resource<MeshExternalServiceSpec, MeshExternalServiceStatus> | undefined, dirty: MeshDirty): void {
    setExternal(this.named, name, resource, dirty);
  }

  /** Gives the services that it is or was of. */
  setTagged(name: string, resource: Resource<ExternalServiceSpec> | undefined): readonly string[] {
    return this.tagged.set(name, resource);
  }

  /** True where ways to MeshExternalServices begin elsewhere now. */
  setDataplane(name: string, resource: Resource<DataplaneSpec> | undefined): boolean {
    return this.#listeners.set(name, resource);
  }

  /** Once nobody is told any more to go to listeners that are gone. */
  forgetListeners(): void {
    this.#listeners.forget();
  }

  /** What MeshExternalServices contribute: listeners of Dataplanes with an identity; without one, the own zone's egresses. */
  * ofNamed(choice: EgressChoice, names: Iterable<string> = this.named.keys()): Generator<Contribution> {
    const usable = [...this.#listeners.all].map(([dataplane, { places, proxy }]) => ({ dataplane, proxy, places: choice.exclusive && choice.identities.usableBy(proxy).length > 0 ? places : [] }));
    const zoneEgresses = choice.hasCa && usable.every(({ places }) => places.length === 0) ? choice.zones.egresses : [];
    for (const name of [...names]) {
      const entry = this.named.get(name);
      yield { source: `external ${name}`, endpoints: egressEndpoints(entry, zoneEgresses, { zone: choice.zones.own, labels: {} }) };
      for (const { dataplane, places, proxy } of usable) yield { source: `external ${name} ${dataplane}`, contributor: dataplane, endpoints: egressEndpoints(entry, places, { zone: choice.zones.own, labels: proxy.labels }) };
    }
  }

  /** What ExternalServices contribute: themselves, unless the mesh wants its egresses for that. */
  * ofTagged(ways: { readonly egresses: readonly ZoneAddress[] | undefined; readonly own: string }, names: Iterable<string> = this.tagged.names): Generator<Contribution> {
    for (const name of names) {
      const server = this.tagged.get(name);
      yield { source: `tagged ${name}`, endpoints: server === undefined ? new Map() : serverEndpoints(server, ways) };
    }
  }
}
