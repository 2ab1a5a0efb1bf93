import { MultiZoneMatches } from '@weft/dns-core';
import { equalData } from '@weft/kernel';
import { parseResourceId, resourceId, type MeshMultiZoneServiceSpec, type MeshMultiZoneServiceStatus, type Resource, type ResourceId } from '@weft/resource-model';
import { multiZoneEntry, shapeOfMultiZone, type MultiZoneEntry } from './multi-zone-entry.ts';

/** The MeshMultiZoneServices of one mesh, and which MeshServices they mean. */
export class MultiZoneServices {
  readonly #mesh: string;
  readonly #entries = new Map<string, MultiZoneEntry>();
  readonly #matches = new MultiZoneMatches();
  readonly #members = new Map<string, readonly string[]>();
  readonly #memberOf = new Map<string, Set<string>>();

  constructor(mesh: string) {
    this.#mesh = mesh;
  }

  /** By name. */
  get entries(): ReadonlyMap<string, MultiZoneEntry> {
    return this.#entries;
  }

  /** Names of the MeshServices that one means, in order. */
  members(name: string): readonly string[] {
    return this.#members.get(name) ?? [];
  }

  /** Those with this port that mean a MeshService. */
  containing(service: string, port: number): readonly string[] {
    return [...this.#memberOf.get(service) ?? []].filter((name) => this.#entries.get(name)?.ports.some((own) => own.port === port) === true);
  }

  /** Sets or removes one. `ports` are all that it had or has; `reshaped`: outbounds to it may be others now. */
  set(name: string, resource: Resource<MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus> | undefined): { readonly ports: readonly number[]; readonly reshaped: boolean } {
    const before = this.#entries.get(name);
    const shape = shapeOfMultiZone(before, this.members(name));
    const after = resource === undefined ? undefined : multiZoneEntry(resource);
    if (after === undefined) this.#entries.delete(name);
    else this.#entries.set(name, after);
    this.#matches.setSelector(this.#idOf('MeshMultiZoneService', name), resource);
    this.#refresh(name);
    return { ports: portsOf(before, after), reshaped: !equalData(shape, shapeOfMultiZone(after, this.members(name))) };
  }

  /** A MeshService was set or removed: gives those that have other members now. */
  setService(name: string, resource: Resource | undefined): readonly string[] {
    return this.#matches.setService(this.#idOf('MeshService', name), resource).map(nameOf).filter((owner) => this.#refresh(owner));
  }

  #refresh(name: string): boolean {
    const before = this.members(name);
    const after = this.#entries.has(name) ? this.#matches.membersOf(this.#idOf('MeshMultiZoneService', name)).map(nameOf) : [];
    if (equalData(before, after)) return false;
    for (const member of before) this.#forget(member, name);
    for (const member of after) this.#memberOf.set(member, (this.#memberOf.get(member) ?? new Set()).add(name));
    if (after.length === 0) this.#members.delete(name);
    else this.#members.set(name, after);
    return true;
  }

  #forget(member: string, name: string): void {
    const owners = this.#memberOf.get(member);
    owners?.delete(name);
    if (owners?.size === 0) this.#memberOf.delete(member);
  }

  #idOf(type: string, name: string): ResourceId {
    return resourceId({ type, mesh: this.#mesh, name });
  }
}

function nameOf(id: ResourceId): string {
  return parseResourceId(id)?.name ?? '';
}

function portsOf(...entries: readonly (MultiZoneEntry | undefined)[]): number[] {
  return [...new Set(entries.flatMap((entry) => entry?.ports.map(({ port }) => port) ?? []))];
}
