import type { AppWrite } from '@weft/bus';
import { allocateVip, generateHostnames, type GeneratedName, type Generator, type VipPool } from '@weft/dns-core';
import { equalData } from '@weft/kernel';
import type { Change, HostnameGeneratorSpec, MeshServiceSpec, MeshServiceStatus, Resource, ResourceId, VirtualIpSpec } from '@weft/resource-model';
import { resourceId } from '@weft/resource-model';

type MeshService = Resource<MeshServiceSpec, MeshServiceStatus>;
type Write = AppWrite['writes'][number];

/**
 * Virtual address and host names of each MeshService, from the feed. The address is claimed as a VirtualIp in the same
 * write as the status, so that no two services ever have one address, whoever writes. Work follows what changed.
 */
export class ServiceNames {
  readonly #pool: VipPool;
  readonly #services = new Map<ResourceId, MeshService>();
  readonly #generators = new Map<string, Generator>();
  /** Every VirtualIp, by address, with its owner; undefined owns names of the older kind. */
  readonly #claims = new Map<string, string | undefined>();
  readonly #vipOf = new Map<string, string>();
  /** Which service holds a host name: the first that had it. */
  readonly #holders = new Map<string, ResourceId>();
  readonly #dirty = new Set<ResourceId>();
  readonly #released = new Set<string>();
  /** Claims planned and not yet seen on the feed. */
  readonly #planned = new Set<string>();

  constructor(pool: VipPool) {
    this.#pool = pool;
  }

  /** Takes a change of the feed. */
  apply(change: Change): void {
    const key = change.op === 'put' ? change.resource : change.key;
    const resource = change.op === 'put' ? change.resource : undefined;
    if (key.type === 'VirtualIp') this.#setClaim(key.name, resource as Resource<VirtualIpSpec> | undefined);
    if (key.type === 'HostnameGenerator') this.#setGenerator(key.name, resource as Resource<HostnameGeneratorSpec> | undefined);
    if (key.type === 'MeshService') this.#setService(resourceId(key), resource as MeshService | undefined);
  }

  /** Forgets what a snapshot does not name. */
  retain(present: ReadonlySet<ResourceId>): void {
    for (const address of [...this.#claims.keys()]) if (!present.has(`VirtualIp//${address}` as ResourceId)) this.#setClaim(address, undefined);
    for (const name of [...this.#generators.keys()]) if (!present.has(`HostnameGenerator//${name}` as ResourceId)) this.#setGenerator(name, undefined);
    for (const id of [...this.#services.keys()]) if (!present.has(id)) this.#setService(id, undefined);
  }

  /** Services to be looked at: what the last changes can have affected. */
  get pending(): number {
    return this.#dirty.size + this.#released.size;
  }

  /** Writes for at most `limit` of the services that changes affected; what is named leaves the queue. */
  plan(limit: number): readonly Write[] {
    const writes: Write[] = [];
    for (const address of [...this.#released]) {
      this.#released.delete(address);
      const owner = this.#claims.get(address);
      if (owner !== undefined && !this.#services.has(owner as ResourceId)) writes.push({ op: 'delete', key: { type: 'VirtualIp', mesh: '', name: address } });
    }
    for (const id of [...this.#dirty].sort().slice(0, limit)) {
      this.#dirty.delete(id);
      writes.push(...this.#planService(id));
    }
    return writes;
  }

  /** Everything is looked at again: a write did not succeed. */
  again(): void {
    for (const address of [...this.#planned]) this.#setClaim(address, undefined);
    for (const id of this.#services.keys()) this.#dirty.add(id);
    for (const [address, owner] of this.#claims) if (owner !== undefined) this.#released.add(address);
  }

  #planService(id: ResourceId): readonly Write[] {
    const service = this.#services.get(id);
    if (service === undefined) return [];
    const known = this.#vipOf.get(id);
    const address = known ?? allocateVip(this.#pool, id, this.#claims);
    const status = { ...service.status, vips: address === undefined ? [] : [{ ip: address }], ...this.#names(id, service) };
    const writes: Write[] = [];
    if (known === undefined && address !== undefined) {
      this.#claim(address, id);
      this.#planned.add(address);
      writes.push({ op: 'put', type: 'VirtualIp', mesh: '', name: address, labels: {}, spec: { hostname: '', owner: id }, expectVersion: 'absent' });
    }
    const { type, mesh, name, labels, spec, version } = service;
    if (!equalData(status, service.status)) writes.push({ op: 'put', type, mesh, name, labels, spec, status, expectVersion: version, bare: true });
    return writes;
  }

  #names(id: ResourceId, service: MeshService): Pick<MeshServiceStatus, 'addresses' | 'hostnameGenerators'> {
    const generators = [...this.#generators.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const names = generateHostnames(service, generators, (hostname) => (this.#holders.get(hostname) ?? id) === id);
    const given = names.filter(({ reason }) => reason === 'Generated');
    for (const { hostname = '' } of given) this.#holders.set(hostname, id);
    return {
      addresses: given.map(({ hostname = '', generator }) => ({ hostname, origin: 'HostnameGenerator' as const, hostnameGeneratorRef: { coreName: generator } })),
      hostnameGenerators: names.map(({ generator, ...name }) => ({ hostnameGeneratorRef: { coreName: generator }, conditions: [conditionOf(name)] })),
    };
  }

  #setService(id: ResourceId, service: MeshService | undefined): void {
    const previous = this.#services.get(id);
    if (service === undefined) this.#services.delete(id);
    else this.#services.set(id, service);
    for (const { hostname } of service?.status?.addresses ?? []) if (!this.#holders.has(hostname)) this.#holders.set(hostname, id);
    if (service !== undefined) this.#dirty.add(id);
    else if (previous !== undefined) this.#forget(id);
  }

  /** A service is gone: its address is released, and names that it held go to those that wait for them. */
  #forget(id: ResourceId): void {
    const address = this.#vipOf.get(id);
    if (address !== undefined) this.#released.add(address);
    this.#dirty.delete(id);
    let heldAny = false;
    for (const [hostname, holder] of this.#holders) if (holder === id) heldAny = this.#holders.delete(hostname);
    if (!heldAny) return;
    for (const [other, { status }] of this.#services) if (collides(status)) this.#dirty.add(other);
  }

  #setGenerator(name: string, resource: Resource<HostnameGeneratorSpec> | undefined): void {
    const { selector, template = '' } = resource?.spec ?? {};
    if (selector?.meshService === undefined) this.#generators.delete(name);
    else this.#generators.set(name, { name, template, matchLabels: selector.meshService.matchLabels ?? {} });
    this.#holders.clear();
    for (const [id, { status }] of this.#services) for (const { hostname, hostnameGeneratorRef } of status?.addresses ?? []) if (hostnameGeneratorRef?.coreName !== name) this.#holders.set(hostname, id);
    for (const id of this.#services.keys()) this.#dirty.add(id);
  }

  #setClaim(address: string, resource: Resource<VirtualIpSpec> | undefined): void {
    const before = this.#claims.get(address);
    this.#planned.delete(address);
    if (before !== undefined && this.#vipOf.get(before) === address) this.#vipOf.delete(before);
    if (resource === undefined) this.#claims.delete(address);
    else this.#claim(address, resource.spec.owner);
    if (before !== undefined && resource === undefined && this.#services.has(before as ResourceId)) this.#dirty.add(before as ResourceId);
    if (resource?.spec.owner !== undefined) this.#released.add(address);
  }

  #claim(address: string, owner: string | undefined): void {
    this.#claims.set(address, owner);
    if (owner !== undefined) this.#vipOf.set(owner, address);
  }
}

function conditionOf({ reason, message }: Pick<GeneratedName, 'reason' | 'message'>): { type: string; status: string; reason: string; message: string } {
  return { type: 'Generated', status: reason === 'Generated' ? 'True' : 'False', reason, message };
}

function collides(status: MeshServiceStatus | undefined): boolean {
  return (status?.hostnameGenerators ?? []).some(({ conditions = [] }) => conditions.some(({ reason }) => reason === 'Collision'));
}
