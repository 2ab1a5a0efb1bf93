import { canonicalJson, compareText, equalData } from '@weft/kernel';
import type { DataplaneInbound, DataplaneSpec, ExternalServiceSpec, MeshSpec, Resource, ResourceKey, ZoneIngressSpec } from '@weft/resource-model';

/** One entry of `availableServices`: whoever has these tags, and how many have them. */
export type AvailableService = NonNullable<ZoneIngressSpec['availableServices']>[number];

const SERVICE_TAG = 'kuma.io/service';
const ZONE_TAG = 'kuma.io/zone';

type ResourceName = Pick<ResourceKey, 'mesh' | 'name'>;

interface Offer {
  readonly mesh: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly externalService: boolean;
  instances: number;
}

/** What matters of a mesh. */
interface MeshFacts {
  readonly exclusive: boolean;
  /** Servers outside are reached by way of egresses. */
  readonly zoneEgress: boolean;
}

const USUAL: MeshFacts = { exclusive: false, zoneEgress: false };

/**
 * The services by tag that the own zone offers to the others, counted as dataplanes come and go: each combination of
 * tags of inbounds that take traffic, and of servers outside that only this zone leads to (ExternalServices with its name in
 * `kuma.io/zone`), where the mesh has egresses for that. A mesh that knows nothing but MeshServices offers none. Source: Kuma 2.14.
 */
export class OfferedServices {
  readonly #prefixes: readonly string[];
  readonly #zone: string;
  /** Keys of offers, by who makes them. */
  readonly #sources = new Map<string, readonly string[]>();
  readonly #offers = new Map<string, Offer>();
  readonly #meshes = new Map<string, MeshFacts>();
  #list: readonly AvailableService[] | undefined;

  /** `zone`: the own one. `prefixes`: of the tags to tell others of, beside the service itself; empty for all tags (`experimental.ingressTagFilters`). */
  constructor(zone: string, prefixes: readonly string[] = []) {
    this.#zone = zone;
    this.#prefixes = prefixes;
  }

  /** Every combination, by mesh and then by tags; the same array until something changes. */
  get list(): readonly AvailableService[] {
    this.#list ??= [...this.#offers].sort(([a], [b]) => compareText(a, b)).flatMap(([, { mesh, tags, instances, externalService }]) => {
      const { exclusive, zoneEgress } = this.#meshes.get(mesh) ?? USUAL;
      return exclusive || (externalService && !zoneEgress) ? [] : [{ tags, instances, mesh, ...(externalService && { externalService }) }];
    });
    return this.#list;
  }

  setMesh(name: string, mesh: Resource<MeshSpec> | undefined): void {
    const facts = { exclusive: mesh?.spec.meshServices?.mode === 'Exclusive', zoneEgress: mesh?.spec.routing?.zoneEgress === true };
    if (equalData(this.#meshes.get(name) ?? USUAL, facts)) return;
    if (mesh === undefined) this.#meshes.delete(name);
    else this.#meshes.set(name, facts);
    this.#list = undefined;
  }

  setDataplane({ mesh, name }: ResourceName, dataplane: Resource<DataplaneSpec> | undefined): void {
    const offered = (dataplane?.spec.networking?.inbound ?? []).filter(takesTraffic).map(({ tags = {} }) => ({ mesh, tags: this.#shown(tags), externalService: false }));
    this.#setSource(`${mesh}/${name}`, offered);
  }

  setExternalService({ mesh, name }: ResourceName, resource: Resource<ExternalServiceSpec> | undefined): void {
    const tags = resource?.spec.tags ?? {};
    this.#setSource(`${mesh}/external ${name}`, tags[SERVICE_TAG] !== undefined && tags[ZONE_TAG] === this.#zone ? [{ mesh, tags, externalService: true }] : []);
  }

  /** Forgets everything. */
  clear(): void {
    this.#sources.clear();
    this.#offers.clear();
    this.#meshes.clear();
    this.#list = undefined;
  }

  #shown(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    if (this.#prefixes.length === 0) return tags;
    return Object.fromEntries(Object.entries(tags).filter(([key]) => key === SERVICE_TAG || this.#prefixes.some((prefix) => key.startsWith(prefix))));
  }

  #setSource(source: string, offered: readonly Omit<Offer, 'instances'>[]): void {
    const before = this.#sources.get(source) ?? [];
    const after = offered.map((offer) => this.#count(offer));
    for (const key of before) this.#discount(key);
    if (after.length === 0) this.#sources.delete(source);
    else this.#sources.set(source, after);
    if (!equalData(before, after)) this.#list = undefined;
  }

  #count(offer: Omit<Offer, 'instances'>): string {
    const { mesh, tags, externalService } = offer;
    const key = `${mesh} ${tags[SERVICE_TAG] ?? ''} ${canonicalJson(tags)}${externalService ? ' external' : ''}`;
    const known = this.#offers.get(key);
    if (known === undefined) this.#offers.set(key, { ...offer, instances: 1 });
    else known.instances++;
    return key;
  }

  #discount(key: string): void {
    const known = this.#offers.get(key);
    if (known === undefined) return;
    known.instances--;
    if (known.instances === 0) this.#offers.delete(key);
  }
}

function takesTraffic({ state = 'Ready', health, tags }: DataplaneInbound): boolean {
  return state === 'Ready' && health?.ready !== false && tags?.[SERVICE_TAG] !== undefined;
}
