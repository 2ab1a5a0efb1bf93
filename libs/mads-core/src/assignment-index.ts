import { MeshIndex, type Dirty, type MeshDirty, type MeshState, type TypeLookup } from '@weft/mesh-index';
import type { Change, Resource } from '@weft/resource-model';
import type { Assignment } from './assignment.ts';
import { Audience, type AssignmentSnapshot } from './audience.ts';
import { proxyAssignments } from './proxy-assignments.ts';

/** Types on which assignments depend; the feed needs to bring no others. */
export const ASSIGNMENT_TYPES: readonly string[] = ['Mesh', 'Dataplane', 'MeshMetric', 'MeshHTTPRoute', 'MeshIdentity', 'MeshTrust', 'TrustBundle'];

/** Where backends without a `clientId` go. */
const DEFAULT_CLIENT = 'default-backend';

/** Who gives metrics to which client, kept as resources change. Work follows what a change touches. Pure. */
export class AssignmentIndex {
  readonly #index: MeshIndex;
  readonly #audiences = new Map<string, Audience>();
  /** Clients of each proxy, by the name of its assignment. */
  readonly #clients = new Map<string, readonly string[]>();

  constructor(types: TypeLookup) {
    this.#index = new MeshIndex(types);
  }

  /** Proxies that give metrics to anybody. */
  get size(): number {
    return this.#clients.size;
  }

  /** Holds exactly these resources from now on. True where a client is given something else than before. */
  load(resources: Iterable<Resource>): boolean {
    return this.#refresh(this.#index.load(resources));
  }

  /** Applies changes in order. True as with {@link load}. */
  apply(changes: Iterable<Change>): boolean {
    return this.#refresh(this.#index.apply(changes));
  }

  /** What a client gets: what names it, or, where nothing in any mesh does, what names nobody. Source: Kuma 2.14. */
  snapshotFor(client: string): AssignmentSnapshot {
    const audience = this.#audiences.get(client) ?? this.#audiences.get(DEFAULT_CLIENT) ?? new Audience();
    return audience.snapshot;
  }

  #refresh(dirty: Dirty): boolean {
    let changed = false;
    for (const [name, touched] of dirty.meshes) {
      const mesh = this.#index.mesh(name);
      const dataplanes = concernsAll(touched) ? [...touched.dataplanes, ...mesh?.dataplanes.keys() ?? []] : touched.dataplanes;
      for (const dataplane of new Set(dataplanes)) changed = this.#look(name, dataplane, mesh) || changed;
    }
    return changed;
  }

  #look(meshName: string, dataplane: string, mesh: MeshState | undefined): boolean {
    const name = `/meshes/${meshName}/dataplanes/${dataplane}`;
    const entry = mesh?.dataplanes.get(dataplane);
    const after = mesh?.resource === undefined || entry === undefined ? new Map<string, Assignment>() : proxyAssignments(mesh, entry);
    const before = this.#clients.get(name) ?? [];
    if (after.size === 0) this.#clients.delete(name);
    else this.#clients.set(name, [...after.keys()]);
    let changed = false;
    for (const client of new Set([...before, ...after.keys()])) changed = this.#set(client, name, after.get(client)) || changed;
    return changed;
  }

  #set(client: string, name: string, assignment: Assignment | undefined): boolean {
    const audience = this.#audiences.get(client) ?? new Audience();
    const changed = audience.set(name, assignment);
    if (audience.size === 0) this.#audiences.delete(client);
    else this.#audiences.set(client, audience);
    return changed;
  }
}

function concernsAll({ mesh, policies, identities, trust }: MeshDirty): boolean {
  return mesh || identities || trust || policies.length > 0;
}
