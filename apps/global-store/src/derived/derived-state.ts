import { compareText } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import { resourceId, type Change, type DataplaneSpec, type MeshSpec, type Resource, type ResourceKey, type WorkloadStatus } from '@weft/resource-model';
import type { ProxyObservation } from './member-facts.ts';
import { MeshMembers } from './mesh-members.ts';
import { planMeshService, type Plan, type StoredMeshService } from './plan-mesh-service.ts';
import { planWorkload } from './plan-workload.ts';

/** Types that derived resources follow from, in the order in which a snapshot is taken in: what concerns many comes first. */
export const INPUT_TYPES = ['Mesh', 'MeshIdentity', 'MeshService', 'Workload', 'Dataplane'] as const;

/** Settings of a {@link DerivedState}. */
export interface DerivedStateOptions {
  readonly observed: (mesh: string, dataplane: string) => ProxyObservation;
  readonly gracePeriodMs: number;
}

/**
 * All that the derived resources (MeshServices, Workloads, their statuses) follow from, and which of them have to be
 * looked at again. What is planned depends on the resources and observations alone, not on how they came.
 */
export class DerivedState {
  readonly #options: DerivedStateOptions;
  readonly #meshes = new Map<string, MeshMembers>();
  readonly #known = new Map<string, Resource>();
  readonly #dirty = new Map<string, ResourceKey>();

  constructor(options: DerivedStateOptions) {
    this.#options = options;
  }

  /** Makes the state hold exactly these resources; everything has to be looked at again. */
  load(resources: readonly Resource[]): void {
    const kept = new Set(resources.map(resourceId));
    for (const known of [...this.#known.values()]) if (!kept.has(resourceId(known))) this.apply({ op: 'delete', key: known });
    for (const type of INPUT_TYPES) for (const resource of resources) if (resource.type === type) this.#set(resource, resource);
    for (const members of this.#meshes.values()) members.refreshAll();
    for (const { type, mesh, name } of this.#known.values()) if (type === 'MeshService' || type === 'Workload') this.look({ type, mesh, name });
  }

  /** Takes in one change; an older version than what is known changes nothing. */
  apply(change: Change | { readonly op: 'delete'; readonly key: ResourceKey }): void {
    if (change.op === 'delete') {
      if (this.#known.delete(resourceId(change.key))) this.#set(change.key, undefined);
    } else if (change.op === 'put' && !isOlder(change.resource, this.#known.get(resourceId(change.resource)))) {
      this.#set(change.resource, change.resource);
    }
  }

  /** Something was observed of a proxy. */
  observe(mesh: string, dataplane: string): void {
    this.#meshes.get(mesh)?.refresh(dataplane);
  }

  /** Anything may have been observed. */
  observeAll(): void {
    for (const members of this.#meshes.values()) members.refreshAll();
  }

  /** Has a derived resource looked at again. */
  look(key: ResourceKey): void {
    this.#dirty.set(resourceId(key), { type: key.type, mesh: key.mesh, name: key.name });
  }

  /** Counts up to `limit` proxies that changed; true where more wait. A large mesh need not hold up everything else. */
  settle(limit: number): boolean {
    let left = limit;
    for (const members of this.#meshes.values()) left = members.settle(left);
    return left === 0;
  }

  /** What has to be looked at, sorted; from now on only what is marked again has to. */
  takeDirty(): readonly ResourceKey[] {
    this.settle(Infinity);
    const taken = [...this.#dirty].sort(([a], [b]) => compareText(a, b)).map(([, key]) => key);
    this.#dirty.clear();
    return taken;
  }

  /** What is to be done about one derived resource. */
  plan({ type, mesh, name }: ResourceKey, nowMs: number): Plan {
    this.settle(Infinity);
    const members = this.#meshes.get(mesh);
    if (members?.mesh === undefined) return {};
    if (type === 'MeshService') {
      return planMeshService({
        name, mesh: members.mesh, hasIdentities: members.identities.size > 0, previous: members.services.get(name),
        members: members.serviceMembers(name), nowMs, gracePeriodMs: this.#options.gracePeriodMs,
      });
    }
    const write = planWorkload({ mesh, name, previous: members.workloads.get(name), members: members.workloadMembers(name) });
    return write === undefined ? {} : { write };
  }

  #set(key: ResourceKey, resource: Resource | undefined): void {
    if (resource !== undefined && INPUT_TYPES.some((type) => type === key.type)) this.#known.set(resourceId(key), resource);
    switch (key.type) {
      case 'Mesh': return this.#mesh(key.name).setMesh(resource as Resource<MeshSpec> | undefined);
      case 'MeshIdentity': return this.#mesh(key.mesh).setIdentity(key.name, resource as MeshIdentity | undefined);
      case 'MeshService': return this.#mesh(key.mesh).setMeshService(key.name, resource as StoredMeshService | undefined);
      case 'Workload': return this.#mesh(key.mesh).setWorkload(key.name, resource as Resource<unknown, WorkloadStatus> | undefined);
      case 'Dataplane': return this.#mesh(key.mesh).setDataplane(key.name, resource as Resource<DataplaneSpec> | undefined);
    }
  }

  #mesh(name: string): MeshMembers {
    const known = this.#meshes.get(name);
    if (known !== undefined) return known;
    const made = new MeshMembers((dataplane) => this.#options.observed(name, dataplane), (type, of) => this.look({ type, mesh: name, name: of }));
    this.#meshes.set(name, made);
    return made;
  }
}

/** Our own writes are taken in at once, so the feed may tell of them again. */
function isOlder(resource: Resource, known: Resource | undefined): boolean {
  return known !== undefined && known.creationTime === resource.creationTime && resource.version <= known.version;
}
