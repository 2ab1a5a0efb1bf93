import { comparePolicies, inMesh, type CatalogItem, type LegacyPolicy, type Policy } from '@weft/policy-engine';
import type { MeshSpec } from '@weft/resource-model';
import type { MeshDirty } from './dirty.ts';

/** The policies of one mesh. */
export class PolicySet {
  readonly #byType = new Map<string, Policy[]>();
  readonly #legacy = new Map<string, LegacyPolicy>();
  readonly #routeItems = new Map<string, CatalogItem>();

  /** In ascending precedence. */
  get byType(): ReadonlyMap<string, readonly Policy[]> {
    return this.#byType;
  }

  /** Those of the first generation that mean something, in no order. */
  get legacy(): readonly LegacyPolicy[] {
    return [...this.#legacy.values()];
  }

  /** MeshHTTPRoutes as others refer to them. */
  get routeItems(): readonly CatalogItem[] {
    return [...this.#routeItems.values()];
  }

  get empty(): boolean {
    return this.#legacy.size === 0 && [...this.#byType.values()].every((list) => list.length === 0);
  }

  /** The Mesh is another: what those of the first generation mean may depend on it. */
  setMesh(spec: MeshSpec | undefined): void {
    for (const [id, policy] of this.#legacy) this.#legacy.set(id, inMesh(policy, spec));
  }

  set(type: string, name: string, change: { readonly policy: Policy | undefined; readonly item: CatalogItem | undefined }, dirty: MeshDirty): void {
    const list = this.#byType.get(type) ?? [];
    const before = list.find(({ key }) => key.name === name);
    const rest = list.filter((policy) => policy !== before);
    this.#byType.set(type, change.policy === undefined ? rest : [...rest, change.policy].sort(comparePolicies));
    if (change.item !== undefined) this.#routeItems.set(name, change.item);
    else if (type === 'MeshHTTPRoute') this.#routeItems.delete(name);
    dirty.policies.push({ before, after: change.policy });
  }

  setLegacy(id: string, policy: LegacyPolicy | undefined, dirty: MeshDirty): void {
    const known = this.#legacy.delete(id);
    if (policy !== undefined) this.#legacy.set(id, policy);
    if (known || policy !== undefined) dirty.legacy = true;
  }
}
