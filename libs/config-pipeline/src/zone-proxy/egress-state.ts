import { equalData, sortedBy } from '@weft/kernel';
import type { Dirty, MeshDirty } from '@weft/mesh-index';
import { meshEgress, type EgressSources, type MeshEgress, type ViewSources } from '@weft/proxy-view';

/** What tells egresses apart. */
export type EgressForm = Pick<EgressSources, 'unifiedNaming' | 'zone'>;

/** What one egress offers, by mesh. Only meshes that changed are looked at again. */
export class EgressState {
  readonly #sources: ViewSources;
  readonly #form: EgressForm;
  readonly #parts = new Map<string, MeshEgress>();
  readonly #stale = new Set<string>();

  constructor(sources: ViewSources, form: EgressForm) {
    this.#sources = sources;
    this.#form = form;
    this.invalidate();
  }

  /** Whether it is made for an egress like this. */
  suits(form: EgressForm): boolean {
    return equalData(this.#form, form);
  }

  /** Every mesh may be another. */
  invalidate(): void {
    for (const mesh of [...this.#parts.keys(), ...this.#sources.index.meshes.keys()]) this.#stale.add(mesh);
  }

  /** Takes in what changed; true where that may be something to this egress. */
  touch(dirty: Dirty): boolean {
    const touched = [...dirty.meshes].filter(([, mesh]) => concerns(mesh)).map(([name]) => name);
    for (const name of touched) this.#stale.add(name);
    return touched.length > 0;
  }

  /** The ways out of all meshes, as they are now. */
  current(): MeshEgress {
    for (const name of this.#stale) this.#refresh(name);
    this.#stale.clear();
    const parts = sortedBy([...this.#parts], ([name]) => name).map(([, part]) => part);
    return { destinations: parts.flatMap(({ destinations }) => destinations), passages: parts.flatMap(({ passages }) => passages), secrets: parts.flatMap(({ secrets }) => secrets) };
  }

  #refresh(name: string): void {
    const mesh = this.#sources.index.mesh(name);
    const part = mesh && meshEgress(mesh, { naming: this.#sources.naming, ...this.#form });
    if (part === undefined || (part.destinations.length === 0 && part.passages.length === 0)) this.#parts.delete(name);
    else this.#parts.set(name, part);
  }
}

function concerns({ mesh, identities, beyondEgresses, externalServices, meshServices, shapes, virtualOutbounds, policies, legacy }: MeshDirty): boolean {
  return mesh || identities || beyondEgresses || legacy || virtualOutbounds || externalServices.size > 0 || meshServices.size > 0 || shapes.size > 0 || policies.length > 0;
}
