import { compareText } from '@weft/kernel';
import type { MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus, Resource, ResourceId } from '@weft/resource-model';
import { LabelIndex } from './label-index.ts';

type Member = NonNullable<MeshMultiZoneServiceStatus['meshServices']>[number];
type Labels = Readonly<Record<string, string>>;

const MESH = 'mesh';
const ID = 'resource';

/** Which MeshServices each MeshMultiZoneService means. A changed MeshService is looked up by its labels. */
export class MultiZoneMatches {
  readonly #services = new LabelIndex<ResourceId>();
  readonly #members = new Map<ResourceId, Member & { readonly labels: Labels }>();
  /** By one label of their selector: what a MeshService may belong to. */
  readonly #selectors = new LabelIndex<ResourceId>();
  readonly #wanted = new Map<ResourceId, { readonly mesh: string; readonly labels: Labels }>();

  /** Sets or removes a MeshMultiZoneService. */
  setSelector(id: ResourceId, resource: Resource<MeshMultiZoneServiceSpec> | undefined): void {
    const labels = resource?.spec.selector.meshService.matchLabels ?? {};
    const [first] = Object.entries(labels);
    // Without labels it selects nothing.
    if (resource === undefined || first === undefined) {
      this.#wanted.delete(id);
      this.#selectors.set(id, undefined);
      return;
    }
    this.#wanted.set(id, { mesh: resource.mesh, labels });
    this.#selectors.set(id, { [MESH]: resource.mesh, [ID]: `${first[0]}=${first[1]}` });
  }

  /** Sets or removes a MeshService; gives the MeshMultiZoneServices whose members may be others now. */
  setService(id: ResourceId, resource: Resource | undefined): readonly ResourceId[] {
    const before = this.#members.get(id);
    if (resource === undefined) this.#members.delete(id);
    else this.#members.set(id, { ...memberOf(resource), labels: resource.labels });
    const after = this.#members.get(id);
    if (before !== undefined && after !== undefined && sameLabels(before.labels, after.labels)) return [];
    this.#services.set(id, after?.labels);
    return [...new Set([before, after].flatMap((member) => (member === undefined ? [] : this.#selecting(member.mesh, member.labels))))];
  }

  /** The MeshServices that a MeshMultiZoneService means, in order. */
  membersOf(id: ResourceId): readonly ResourceId[] {
    const wanted = this.#wanted.get(id);
    const ids = wanted === undefined ? [] : this.#services.matching(wanted.labels).filter((service) => this.#members.get(service)?.mesh === wanted.mesh);
    return [...ids].sort(compareText);
  }

  /** The members of a MeshMultiZoneService and the condition that tells of them. */
  statusOf(id: ResourceId): Pick<MeshMultiZoneServiceStatus, 'meshServices' | 'conditions'> {
    const meshServices = this.membersOf(id).flatMap((service) => {
      const member = this.#members.get(service);
      return member === undefined ? [] : [{ name: member.name, namespace: member.namespace, zone: member.zone, mesh: member.mesh }];
    });
    const found = meshServices.length > 0;
    return { meshServices, conditions: [{ type: 'MeshServicesMatched', status: found ? 'True' : 'False', reason: found ? 'MatchesFound' : 'NoMatchesFound', message: `Matched ${meshServices.length} MeshService(s)` }] };
  }

  #selecting(mesh: string, labels: Labels): readonly ResourceId[] {
    const candidates = Object.entries(labels).flatMap(([key, value]) => this.#selectors.matching({ [MESH]: mesh, [ID]: `${key}=${value}` }));
    return candidates.filter((id) => Object.entries(this.#wanted.get(id)?.labels ?? {}).every(([key, value]) => labels[key] === value));
  }
}

function memberOf({ name, mesh, labels }: Resource): Member {
  return { name: labels['kuma.io/display-name'] ?? name, namespace: labels['k8s.kuma.io/namespace'] ?? '', zone: labels['kuma.io/zone'] ?? '', mesh };
}

function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
