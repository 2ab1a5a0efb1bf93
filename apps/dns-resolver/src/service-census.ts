import { resourceId, type Change, type DataplaneSpec, type ResourceId } from '@weft/resource-model';

const SERVICE_TAG = 'kuma.io/service';

/** Which services the dataplanes of all meshes offer, and since when a service that was offered is not. */
export class ServiceCensus {
  readonly #byDataplane = new Map<ResourceId, readonly string[]>();
  readonly #count = new Map<string, number>();
  readonly #goneSince = new Map<string, number>();

  /** Takes a change of the feed; only Dataplanes matter. `now` in milliseconds. */
  apply(change: Change, now: number): void {
    const key = change.op === 'put' ? change.resource : change.key;
    if (key.type !== 'Dataplane') return;
    const services = change.op === 'put' ? servicesOf(change.resource.spec as DataplaneSpec) : [];
    this.#replace(resourceId(key), services, now);
  }

  /** Forgets dataplanes that are not named: the feed started again from a snapshot. */
  retain(present: ReadonlySet<ResourceId>, now: number): void {
    for (const id of [...this.#byDataplane.keys()]) if (!present.has(id)) this.#replace(id, [], now);
  }

  /** Services offered by at least one dataplane. */
  get services(): ReadonlySet<string> {
    return new Set(this.#count.keys());
  }

  /** When each service that has an address but no dataplane was last offered; one never seen counts from the first question. */
  goneSince(allocated: Iterable<string>, now: number): ReadonlyMap<string, number> {
    for (const service of allocated) if (!this.#count.has(service) && !this.#goneSince.has(service)) this.#goneSince.set(service, now);
    return this.#goneSince;
  }

  #replace(id: ResourceId, services: readonly string[], now: number): void {
    for (const service of services) {
      this.#count.set(service, (this.#count.get(service) ?? 0) + 1);
      this.#goneSince.delete(service);
    }
    for (const service of this.#byDataplane.get(id) ?? []) {
      const left = (this.#count.get(service) ?? 1) - 1;
      if (left > 0) this.#count.set(service, left);
      else {
        this.#count.delete(service);
        this.#goneSince.set(service, now);
      }
    }
    if (services.length > 0) this.#byDataplane.set(id, services);
    else this.#byDataplane.delete(id);
  }
}

function servicesOf(spec: DataplaneSpec): readonly string[] {
  const values = (spec.networking?.inbound ?? []).map(({ tags }) => tags?.[SERVICE_TAG]);
  return [...new Set(values.filter((value) => value !== undefined && value !== ''))] as string[];
}
