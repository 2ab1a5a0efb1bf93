import { equalData } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import type { DataplaneInbound, DataplaneSpec, MeshServiceSpec, MeshSpec, Resource, WorkloadStatus } from '@weft/resource-model';
import { memberFacts, selectedInbounds, type ProxyObservation } from './member-facts.ts';
import { MemberTally } from './member-tally.ts';
import { MESH_SERVICE_GENERATOR, type StoredMeshService } from './plan-mesh-service.ts';

/** Says what has to be looked at again. */
export type MarkDirty = (type: 'MeshService' | 'Workload', name: string) => void;

const SERVICE_TAG = 'kuma.io/service';
const WORKLOAD_LABEL = 'kuma.io/workload';

/** MeshService whose members do not follow from its name. */
interface OwnSelection {
  readonly spec: MeshServiceSpec;
  readonly members: MemberTally;
}

/** The proxies of one mesh, and what they are members of. A change of one proxy touches only its own groups. */
export class MeshMembers {
  readonly services = new Map<string, StoredMeshService>();
  readonly workloads = new Map<string, Resource<unknown, WorkloadStatus>>();
  readonly identities = new Map<string, MeshIdentity>();
  #mesh: Resource<MeshSpec> | undefined;
  readonly #dataplanes = new Map<string, Resource<DataplaneSpec>>();
  /** Proxies that changed and are not counted yet. */
  readonly #pending = new Set<string>();
  /** Proxies as they were counted last. */
  readonly #placed = new Map<string, Resource<DataplaneSpec>>();
  /** By `kuma.io/service`. */
  readonly #byService = new Map<string, MemberTally>();
  readonly #byWorkload = new Map<string, MemberTally>();
  /** By name of a MeshService that a user wrote. */
  readonly #own = new Map<string, OwnSelection>();
  readonly #observed: (dataplane: string) => ProxyObservation;
  readonly #mark: MarkDirty;

  constructor(observed: (dataplane: string) => ProxyObservation, mark: MarkDirty) {
    this.#observed = observed;
    this.#mark = mark;
  }

  get mesh(): Resource<MeshSpec> | undefined {
    return this.#mesh;
  }

  setMesh(mesh: Resource<MeshSpec> | undefined): void {
    const before = this.#mesh?.spec;
    this.#mesh = mesh;
    if (!equalData([before?.mtls, before?.meshServices], [mesh?.spec.mtls, mesh?.spec.meshServices])) this.refreshAll();
  }

  setIdentity(name: string, identity: MeshIdentity | undefined): void {
    if (identity === undefined) this.identities.delete(name);
    else this.identities.set(name, identity);
    this.refreshAll();
  }

  setDataplane(name: string, dataplane: Resource<DataplaneSpec> | undefined): void {
    if (dataplane === undefined) this.#dataplanes.delete(name);
    else this.#dataplanes.set(name, dataplane);
    this.#pending.add(name);
  }

  setMeshService(name: string, service: StoredMeshService | undefined): void {
    if (service === undefined) this.services.delete(name);
    else this.services.set(name, service);
    if (service === undefined || isGenerated(service)) this.#own.delete(name);
    else this.#select(name, service.spec);
    this.#mark('MeshService', name);
  }

  setWorkload(name: string, workload: Resource<unknown, WorkloadStatus> | undefined): void {
    if (workload === undefined) this.workloads.delete(name);
    else this.workloads.set(name, workload);
    this.#mark('Workload', name);
  }

  /** Something else was observed of the proxy. */
  refresh(name: string): void {
    if (this.#dataplanes.has(name)) this.#pending.add(name);
  }

  /** What concerns all proxies has changed. */
  refreshAll(): void {
    for (const name of this.#dataplanes.keys()) this.#pending.add(name);
    for (const name of this.services.keys()) this.#mark('MeshService', name);
    for (const name of this.#byService.keys()) this.#mark('MeshService', name);
  }

  /** Counts up to `limit` proxies that changed; gives how many it may still count, 0 where more may wait. */
  settle(limit: number): number {
    let left = limit;
    for (const name of this.#pending) {
      if (left <= 0) return 0;
      left--;
      this.#pending.delete(name);
      this.#place(name);
    }
    return left;
  }

  /** Proxies that the MeshService of this name selects, or would once generated. */
  serviceMembers(name: string): MemberTally {
    return this.#own.get(name)?.members ?? this.#byService.get(name) ?? new MemberTally();
  }

  /** Proxies of the workload. */
  workloadMembers(name: string): MemberTally {
    return this.#byWorkload.get(name) ?? new MemberTally();
  }

  /** Brings a proxy's memberships in line. */
  #place(name: string): void {
    const now = this.#dataplanes.get(name);
    const before = this.#placed.get(name);
    if (now === undefined) this.#placed.delete(name);
    else this.#placed.set(name, now);
    for (const service of new Set([...serviceTags(before), ...serviceTags(now)])) {
      if (putIn(this.#byService, service, { name, facts: this.#factsAsService(now, { selector: { dataplaneTags: { [SERVICE_TAG]: service } } }) })) this.#mark('MeshService', service);
    }
    for (const [service, { spec, members }] of this.#own) if (members.put(name, this.#factsAsService(now, spec))) this.#mark('MeshService', service);
    for (const workload of new Set([workloadOf(before), workloadOf(now)])) {
      if (workload !== undefined && putIn(this.#byWorkload, workload, { name, facts: workloadOf(now) === workload ? this.#factsAsWorkload(now) : undefined })) this.#mark('Workload', workload);
    }
  }

  #select(service: string, spec: MeshServiceSpec): void {
    const before = this.#own.get(service);
    if (before !== undefined && equalData(before.spec.selector, spec.selector)) return;
    const members = new MemberTally();
    this.#own.set(service, { spec, members });
    for (const [name, dataplane] of this.#dataplanes) members.put(name, this.#factsAsService(dataplane, spec));
  }

  /** Undefined where the service does not select it. */
  #factsAsService(dataplane: Resource<DataplaneSpec> | undefined, spec: MeshServiceSpec): ReadonlySet<string> | undefined {
    const inbounds = dataplane === undefined ? [] : selectedInbounds(spec, dataplane);
    return inbounds.length === 0 ? undefined : this.#facts(dataplane, inbounds);
  }

  /** A gateway has no inbounds, yet is one of its workload's proxies. */
  #factsAsWorkload(dataplane: Resource<DataplaneSpec> | undefined): ReadonlySet<string> | undefined {
    return this.#facts(dataplane, (dataplane?.spec.networking?.inbound ?? []).filter(({ state }) => state !== 'Ignored'));
  }

  #facts(dataplane: Resource<DataplaneSpec> | undefined, inbounds: readonly DataplaneInbound[]): ReadonlySet<string> | undefined {
    if (dataplane === undefined || this.#mesh === undefined) return undefined;
    return memberFacts({ dataplane, observed: this.#observed(dataplane.name), mesh: this.#mesh, identities: [...this.identities.values()] }, inbounds);
  }
}

function putIn(groups: Map<string, MemberTally>, group: string, { name, facts }: { readonly name: string; readonly facts: ReadonlySet<string> | undefined }): boolean {
  const members = groups.get(group) ?? new MemberTally();
  const changed = members.put(name, facts);
  if (members.total === 0) groups.delete(group);
  else groups.set(group, members);
  return changed;
}

function isGenerated({ labels }: StoredMeshService): boolean {
  return labels['kuma.io/managed-by'] === MESH_SERVICE_GENERATOR || labels['kuma.io/origin'] === 'global';
}

function serviceTags(dataplane: Resource<DataplaneSpec> | undefined): readonly string[] {
  return (dataplane?.spec.networking?.inbound ?? []).flatMap(({ tags }) => tags?.[SERVICE_TAG] ?? []);
}

function workloadOf(dataplane: Resource<DataplaneSpec> | undefined): string | undefined {
  return dataplane?.labels[WORKLOAD_LABEL];
}
