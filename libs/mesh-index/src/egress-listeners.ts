import { equalData } from '@weft/kernel';
import type { IdentifiedProxy } from '@weft/mesh-identity';
import type { DataplaneSpec, Resource } from '@weft/resource-model';
import { readDataplane } from './dataplane-entry.ts';
import type { ZoneAddress } from './zone-set.ts';

/** A Dataplane that is an egress of its mesh. */
export interface EgressDataplane {
  /** Where the others of the mesh reach its listeners; empty once it has none. */
  readonly places: readonly ZoneAddress[];
  readonly proxy: IdentifiedProxy;
}

/** The Dataplanes of one mesh with listeners of type ZoneEgress that are ready, by name. */
export class EgressListeners {
  readonly #held = new Map<string, EgressDataplane>();

  /** Those that there are, and those that {@link forget} has not been told of. */
  get all(): ReadonlyMap<string, EgressDataplane> {
    return this.#held;
  }

  /** Sets or removes a Dataplane; true where it is another egress now, or none any more. */
  set(name: string, resource: Resource<DataplaneSpec> | undefined): boolean {
    const before = this.#held.get(name);
    const places = resource === undefined ? [] : placesOf(resource);
    if (before === undefined && places.length === 0) return false;
    const proxy = resource ?? before?.proxy;
    if (proxy === undefined) return false;
    this.#held.set(name, { places, proxy });
    return !equalData([before?.places, before?.proxy.labels], [places, proxy.labels]);
  }

  /** Drops those that are gone: nobody is told any more to go there. */
  forget(): void {
    for (const [name, { places }] of this.#held) if (places.length === 0) this.#held.delete(name);
  }
}

function placesOf(resource: Resource<DataplaneSpec>): readonly ZoneAddress[] {
  const advertised = resource.spec.networking?.advertisedAddress;
  return readDataplane(resource).listeners.flatMap(({ type, ready, address, port }) => (type === 'ZoneEgress' && ready ? [{ address: advertised ?? address, port }] : []));
}
