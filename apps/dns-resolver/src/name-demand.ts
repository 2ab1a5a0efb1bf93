import { inboundTags, readVirtualOutbound, VirtualOutboundTable, type VirtualOutboundProblem, type VirtualOutboundSpecLike } from '@weft/dns-core';
import { externalHostname, resourceId, type Change, type DataplaneSpec, type ExternalServiceSpec, type ResourceId, type ResourceKey, type ZoneIngressSpec } from '@weft/resource-model';

const SERVICE_TAG = 'kuma.io/service';

interface Tagged {
  readonly tags?: Readonly<Record<string, string>>;
}

/** What the demand is made with. */
export interface DemandOptions {
  /** Suffix of the names of services, e.g. `mesh`. */
  readonly domain: string;
  /** Whether each `kuma.io/service` has a name of its own. */
  readonly services: boolean;
}

/** What names follow from. */
const TYPES: ReadonlySet<string> = new Set(['Dataplane', 'VirtualOutbound', 'ZoneIngress', 'ExternalService']);

/**
 * Which host names need an address: `<service>.<domain>` of what dataplanes of all meshes, other zones and ExternalServices offer,
 * the own names of ExternalServices, and what VirtualOutbounds make of dataplanes and of what other zones offer.
 */
export class NameDemand {
  readonly #options: DemandOptions;
  readonly #byHolder = new Map<string, readonly string[]>();
  readonly #count = new Map<string, number>();
  readonly #tables = new Map<string, VirtualOutboundTable>();
  readonly #known = new Set<ResourceId>();

  constructor(options: DemandOptions) {
    this.#options = options;
  }

  /** Takes a change of the feed; gives the names that became wanted or no longer are. */
  apply(change: Change): ReadonlySet<string> {
    const key = change.op === 'put' ? change.resource : change.key;
    if (!TYPES.has(key.type)) return new Set();
    if (change.op === 'put') this.#known.add(resourceId(key));
    else this.#known.delete(resourceId(key));
    const spec = change.op === 'put' ? change.resource.spec : undefined;
    switch (key.type) {
      case 'Dataplane': return this.#setDataplane(key, spec as DataplaneSpec | undefined);
      case 'VirtualOutbound': return this.#setOutbound(key, spec as VirtualOutboundSpecLike | undefined);
      case 'ZoneIngress': return this.#setIngress(key, (spec as ZoneIngressSpec | undefined)?.availableServices ?? []);
      default: return this.#setExternal(key, spec as ExternalServiceSpec | undefined);
    }
  }

  /** What a snapshot does not name, as changes. */
  missing(present: ReadonlySet<ResourceId>): readonly ResourceId[] {
    return [...this.#known].filter((id) => !present.has(id));
  }

  /** Whether somebody wants this name. */
  has(hostname: string): boolean {
    return this.#count.has(hostname);
  }

  /** The service by tag that a name is of; undefined for others. */
  serviceOf(hostname: string): string | undefined {
    const suffix = `.${this.#options.domain}`;
    return hostname.endsWith(suffix) ? hostname.slice(0, -suffix.length) : undefined;
  }

  /** Another number means that `problems` may be others. */
  get revision(): number {
    return [...this.#tables.values()].reduce((sum, { revision }) => sum + revision, 0);
  }

  /** Why VirtualOutbounds give some services no name, by mesh. */
  get problems(): readonly (VirtualOutboundProblem & { readonly mesh: string })[] {
    return [...this.#tables].flatMap(([mesh, table]) => table.problems.map((problem) => ({ ...problem, mesh })));
  }

  #setDataplane(key: ResourceKey, spec: DataplaneSpec | undefined): ReadonlySet<string> {
    const tagSets = inboundTags(spec);
    const changed = new Set(this.#holdServices(key, tagSets.map((tags) => ({ tags }))));
    return this.#holdHosts(key.mesh, this.#table(key.mesh).setSource(key.name, tagSets), changed);
  }

  #setIngress(key: ResourceKey, offered: NonNullable<ZoneIngressSpec['availableServices']>): ReadonlySet<string> {
    const changed = new Set(this.#holdServices(key, offered));
    for (const mesh of new Set([...this.#tables.keys(), ...offered.flatMap((service) => service.mesh ?? [])])) {
      const tagSets = offered.flatMap(({ mesh: of, tags }) => (of === mesh && tags !== undefined ? [tags] : []));
      this.#holdHosts(mesh, this.#table(mesh).setSource(`${key.type} ${key.name}`, tagSets), changed);
    }
    return changed;
  }

  #setExternal(key: ResourceKey, spec: ExternalServiceSpec | undefined): ReadonlySet<string> {
    const host = spec && externalHostname(spec);
    return new Set([...this.#holdServices(key, spec === undefined ? [] : [spec]), ...this.#hold(`outside/${key.mesh}/${key.name}`, host === undefined ? [] : [host])]);
  }

  #setOutbound(key: { readonly mesh: string; readonly name: string }, spec: VirtualOutboundSpecLike | undefined): ReadonlySet<string> {
    return this.#holdHosts(key.mesh, this.#table(key.mesh).setOutbound(key.name, spec && readVirtualOutbound(key.name, spec)), new Set());
  }

  #holdHosts(mesh: string, hosts: ReadonlySet<string>, changed: Set<string>): ReadonlySet<string> {
    const table = this.#table(mesh);
    for (const host of hosts) for (const name of this.#hold(`host/${mesh}/${host}`, table.has(host) ? [host] : [])) changed.add(name);
    return changed;
  }

  /** Has a resource hold the names of the services that its tags name. Gives the names whose being wanted this may have changed. */
  #holdServices({ type, mesh, name }: ResourceKey, offered: readonly Tagged[]): readonly string[] {
    const services = new Set(offered.flatMap(({ tags }) => tags?.[SERVICE_TAG] ?? []));
    return this.#hold(`${type}/${mesh}/${name}`, this.#options.services ? [...services].map((service) => `${service}.${this.#options.domain}`) : []);
  }

  /** Gives the names whose being wanted this may have changed. */
  #hold(holder: string, hostnames: readonly string[]): readonly string[] {
    const before = this.#byHolder.get(holder) ?? [];
    const touched = [...hostnames, ...before];
    const wasWanted = new Map(touched.map((name) => [name, this.has(name)]));
    for (const name of hostnames) this.#count.set(name, (this.#count.get(name) ?? 0) + 1);
    for (const name of before) {
      const left = (this.#count.get(name) ?? 1) - 1;
      if (left > 0) this.#count.set(name, left);
      else this.#count.delete(name);
    }
    if (hostnames.length > 0) this.#byHolder.set(holder, hostnames);
    else this.#byHolder.delete(holder);
    return touched.filter((name) => this.has(name) !== wasWanted.get(name));
  }

  #table(mesh: string): VirtualOutboundTable {
    const table = this.#tables.get(mesh) ?? new VirtualOutboundTable();
    this.#tables.set(mesh, table);
    return table;
  }
}
