import { compareText } from '@weft/kernel';
import { resourceId, type Resource, type ResourceId, type ResourceKey } from '@weft/resource-model';

/** Documents by type and id, for stores that keep them in this process. */
export class ResourceTable {
  readonly #types = new Map<string, Map<ResourceId, Resource>>();
  /** The last list of a type in order; dropped when the type changes. */
  readonly #sorted = new Map<string, readonly Resource[]>();

  get(key: ResourceKey): Resource | undefined {
    return this.byId(resourceId(key));
  }

  byId(id: ResourceId): Resource | undefined {
    return this.#types.get(typeOf(id))?.get(id);
  }

  set(resource: Resource): void {
    let documents = this.#types.get(resource.type);
    if (documents === undefined) this.#types.set(resource.type, (documents = new Map<ResourceId, Resource>()));
    documents.set(resourceId(resource), resource);
    this.#sorted.delete(resource.type);
  }

  delete(id: ResourceId): void {
    const type = typeOf(id);
    this.#types.get(type)?.delete(id);
    this.#sorted.delete(type);
  }

  /** Sorted by mesh, then name. */
  list(type: string, mesh?: string): readonly Resource[] {
    const all = this.#sorted.get(type) ?? this.#sort(type);
    return mesh === undefined ? all : all.filter((resource) => resource.mesh === mesh);
  }

  all(): readonly Resource[] {
    return [...this.#types.values()].flatMap((documents) => [...documents.values()]);
  }

  #sort(type: string): readonly Resource[] {
    const sorted = [...(this.#types.get(type)?.values() ?? [])].sort((a, b) => compareText(a.mesh, b.mesh) || compareText(a.name, b.name));
    this.#sorted.set(type, sorted);
    return sorted;
  }
}

function typeOf(id: ResourceId): string {
  return id.slice(0, id.indexOf('/'));
}
