import { equalData } from '@weft/kernel';
import type { Change, DataplaneSpec, ExternalServiceSpec, MeshSpec, Resource, ZoneIngressSpec } from '@weft/resource-model';
import { OfferedServices } from './offered-services.ts';

/** A ZoneIngress as stored. */
export type StoredIngress = Resource<ZoneIngressSpec>;

/** What the ZoneIngresses of the own zone are to offer, and which of them say otherwise. */
export class IngressPlan {
  readonly #zone: string;
  readonly #offered: OfferedServices;
  readonly #ingresses = new Map<string, StoredIngress>();

  constructor(zone: string, tagPrefixes: readonly string[]) {
    this.#zone = zone;
    this.#offered = new OfferedServices(zone, tagPrefixes);
  }

  /** ZoneIngresses of the own zone. */
  get ingresses(): number {
    return this.#ingresses.size;
  }

  /** Combinations of tags that are offered. */
  get services(): number {
    return this.#offered.list.length;
  }

  load(resources: Iterable<Resource>): void {
    this.#offered.clear();
    this.#ingresses.clear();
    for (const resource of resources) this.apply({ op: 'put', resource });
  }

  apply(change: Change): void {
    if (change.op === 'envelope') return;
    const key = change.op === 'put' ? change.resource : change.key;
    const resource = change.op === 'put' ? change.resource : undefined;
    switch (key.type) {
      case 'Mesh': return this.#offered.setMesh(key.name, resource as Resource<MeshSpec> | undefined);
      case 'Dataplane': return this.#offered.setDataplane(key, resource as Resource<DataplaneSpec> | undefined);
      case 'ExternalService': return this.#offered.setExternalService(key, resource as Resource<ExternalServiceSpec> | undefined);
      case 'ZoneIngress': return this.stored(key.name, resource as StoredIngress | undefined);
      default:
    }
  }

  /** What is stored of one ingress now. */
  stored(name: string, ingress: StoredIngress | undefined): void {
    if (ingress === undefined || !this.#isOwn(ingress)) this.#ingresses.delete(name);
    else this.#ingresses.set(name, ingress);
  }

  /** The ingresses that do not say what is offered, with what they are to say. */
  due(): readonly { readonly ingress: StoredIngress; readonly spec: ZoneIngressSpec }[] {
    const availableServices = [...this.#offered.list];
    return [...this.#ingresses.values()].flatMap((ingress) => (equalData(ingress.spec.availableServices ?? [], availableServices) ? [] : [{ ingress, spec: { ...ingress.spec, availableServices } }]));
  }

  #isOwn({ labels, spec }: StoredIngress): boolean {
    return labels['kuma.io/origin'] !== 'global' && (spec.zone ?? this.#zone) === this.#zone;
  }
}
