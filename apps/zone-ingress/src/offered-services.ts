import { canonicalJson, compareText } from '@weft/kernel';
import type { DataplaneInbound, DataplaneSpec, MeshSpec, Resource, ZoneIngressSpec } from '@weft/resource-model';

/** One entry of `availableServices`: whoever has these tags, and how many have them. */
export type AvailableService = NonNullable<ZoneIngressSpec['availableServices']>[number];

const SERVICE_TAG = 'kuma.io/service';

interface Offer {
  readonly mesh: string;
  readonly tags: Readonly<Record<string, string>>;
  instances: number;
}

/**
 * The services by tag that the own zone offers to the others, counted as dataplanes come and go: each combination of
 * tags of inbounds that take traffic. A mesh that knows nothing but MeshServices offers none. Source: Kuma 2.14.
 */
export class OfferedServices {
  readonly #prefixes: readonly string[];
  readonly #byDataplane = new Map<string, readonly string[]>();
  readonly #offers = new Map<string, Offer>();
  readonly #exclusive = new Set<string>();
  #list: readonly AvailableService[] | undefined;

  /** `prefixes`: of the tags to tell others of, beside the service itself; empty for all tags (`experimental.ingressTagFilters`). */
  constructor(prefixes: readonly string[] = []) {
    this.#prefixes = prefixes;
  }

  /** Every combination, by mesh and then by tags; the same array until something changes. */
  get list(): readonly AvailableService[] {
    this.#list ??= [...this.#offers].sort(([a], [b]) => compareText(a, b)).flatMap(([, { mesh, tags, instances }]) => (this.#exclusive.has(mesh) ? [] : [{ tags, instances, mesh }]));
    return this.#list;
  }

  setMesh(name: string, mesh: Resource<MeshSpec> | undefined): void {
    const exclusive = mesh?.spec.meshServices?.mode === 'Exclusive';
    if (this.#exclusive.has(name) === exclusive) return;
    if (exclusive) this.#exclusive.add(name);
    else this.#exclusive.delete(name);
    this.#list = undefined;
  }

  setDataplane({ mesh, name }: { readonly mesh: string; readonly name: string }, dataplane: Resource<DataplaneSpec> | undefined): void {
    const id = `${mesh}/${name}`;
    const before = this.#byDataplane.get(id) ?? [];
    const after = (dataplane?.spec.networking?.inbound ?? []).filter(takesTraffic).map((inbound) => this.#count(mesh, this.#shown(inbound.tags ?? {})));
    for (const key of before) this.#discount(key);
    if (after.length === 0) this.#byDataplane.delete(id);
    else this.#byDataplane.set(id, after);
    if (canonicalJson(before) !== canonicalJson(after)) this.#list = undefined;
  }

  /** Forgets everything. */
  clear(): void {
    this.#byDataplane.clear();
    this.#offers.clear();
    this.#exclusive.clear();
    this.#list = undefined;
  }

  #shown(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    if (this.#prefixes.length === 0) return tags;
    return Object.fromEntries(Object.entries(tags).filter(([key]) => key === SERVICE_TAG || this.#prefixes.some((prefix) => key.startsWith(prefix))));
  }

  #count(mesh: string, tags: Readonly<Record<string, string>>): string {
    const key = `${mesh} ${tags[SERVICE_TAG] ?? ''} ${canonicalJson(tags)}`;
    const known = this.#offers.get(key);
    if (known === undefined) this.#offers.set(key, { mesh, tags, instances: 1 });
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
