import type { AppWrite } from '@weft/bus';
import { generateHostnames, HostnameClaims, MultiZoneMatches, type GeneratedName, type VipPool } from '@weft/dns-core';
import { compareText, equalData } from '@weft/kernel';
import { resourceId, type Change, type HostnameGeneratorSpec, type MeshMultiZoneServiceSpec, type Resource, type ResourceId, type VirtualIpSpec } from '@weft/resource-model';
import { AddressClaims } from './address-claims.ts';
import { GeneratorSet } from './generator-set.ts';
import { kindOf, type ServiceKind, type ServiceStatus, type ServiceType } from './service-kinds.ts';

type Service = Resource<unknown, ServiceStatus>;
type Write = AppWrite['writes'][number];

/** Writes that belong together: they succeed or fail for one object. */
export interface PlannedItem {
  /** A service, or the VirtualIp of an address that is released. */
  readonly id: ResourceId;
  readonly writes: readonly Write[];
}

/**
 * Virtual address and host names of each MeshService, MeshExternalService and MeshMultiZoneService, from the feed. The
 * address is claimed as a VirtualIp in the same write as the status, so that no two services ever have one address,
 * whoever writes. Work follows what changed.
 */
export class ServiceNames {
  readonly #pools: Readonly<Record<ServiceType, VipPool>>;
  readonly #services = new Map<ResourceId, Service>();
  readonly #generators = new GeneratorSet();
  readonly #claims = new AddressClaims();
  readonly #hostnames = new HostnameClaims<ResourceId>();
  readonly #matches = new MultiZoneMatches();
  /** Versions of our own writes that the feed has not told of yet. */
  readonly #written = new Map<ResourceId, number>();
  readonly #dirty = new Set<ResourceId>();
  readonly #released = new Set<string>();
  /** Why services have no address, by type; they wait for an address to come free. */
  readonly #unplaced = new Map<ServiceType, { readonly reason: string; readonly ids: Set<ResourceId> }>();

  constructor(pools: Readonly<Record<ServiceType, VipPool>>) {
    this.#pools = pools;
  }

  /** Takes a change of the feed. */
  apply(change: Change): void {
    const key = change.op === 'put' ? change.resource : change.key;
    const resource = change.op === 'put' ? change.resource : undefined;
    const kind = kindOf(key.type);
    if (resource !== undefined && this.#isOutdated(resource)) return;
    if (kind !== undefined) this.#setService(kind, resourceId(key), resource as Service | undefined);
    if (key.type === 'VirtualIp') this.#setClaim(key.name, resource as Resource<VirtualIpSpec> | undefined);
    if (key.type === 'HostnameGenerator') this.#look(this.#generators.setGenerator(key.name, resource as Resource<HostnameGeneratorSpec> | undefined));
  }

  /** Forgets what a snapshot does not name. */
  retain(present: ReadonlySet<ResourceId>): void {
    this.#written.clear();
    for (const address of [...this.#claims.addresses]) if (!present.has(vipId(address))) this.#setClaim(address, undefined);
    for (const name of [...this.#generators.names]) if (!present.has(`HostnameGenerator//${name}` as ResourceId)) this.#look(this.#generators.setGenerator(name, undefined));
    for (const [id, { type }] of [...this.#services]) {
      const kind = kindOf(type);
      if (kind !== undefined && !present.has(id)) this.#setService(kind, id, undefined);
    }
  }

  /** Objects to be looked at: what the last changes can have affected. */
  get pending(): number {
    return this.#dirty.size + this.#released.size;
  }

  /** Why services have no address, with how many there are; empty while the pools have room. */
  get refusals(): readonly { readonly type: ServiceType; readonly reason: string; readonly services: number }[] {
    return [...this.#unplaced].map(([type, { reason, ids }]) => ({ type, reason, services: ids.size })).filter(({ services }) => services > 0);
  }

  /** Writes for at most `limit` of the objects that changes affected; what is looked at leaves the queue. */
  plan(limit: number): readonly PlannedItem[] {
    const items: PlannedItem[] = [];
    for (const address of [...this.#released].slice(0, limit)) {
      this.#released.delete(address);
      const owner = this.#claims.ownerOf(address);
      const version = this.#claims.versionOf(address);
      const extra = owner !== undefined && (!this.#services.has(owner) || this.#claims.of(owner)[0] !== address);
      if (extra && version !== undefined) items.push({ id: vipId(address), writes: [{ op: 'delete', key: { type: 'VirtualIp', mesh: '', name: address }, expectVersion: version }] });
    }
    for (const id of [...this.#dirty].sort(compareText).slice(0, limit)) {
      this.#dirty.delete(id);
      const writes = this.#planService(id);
      if (writes.length > 0) items.push({ id, writes });
    }
    return items;
  }

  /** What was written, as it is stored now: known before the feed tells of it. */
  written(resources: readonly Resource[]): void {
    for (const resource of resources) {
      this.apply({ op: 'put', resource });
      this.#written.set(resourceId(resource), resource.version);
    }
  }

  /** What was planned for this object could not be written: it is looked at again. */
  again(id: ResourceId): void {
    if (id.startsWith('VirtualIp//')) {
      this.#released.add(id.slice('VirtualIp//'.length));
      return;
    }
    this.withdraw(id);
    if (this.#services.has(id)) this.#dirty.add(id);
  }

  /** The address that was planned for this object is free again, unless the feed has shown it. */
  withdraw(id: ResourceId): void {
    this.#claims.withdraw(id);
  }

  #planService(id: ResourceId): readonly Write[] {
    const service = this.#services.get(id);
    const kind = service && kindOf(service.type);
    if (service === undefined || kind === undefined) return [];
    const claimed = this.#claims.claim(id, this.#pools[kind.type]);
    if (!claimed.ok) this.#refuse(kind.type, id, claimed.error);
    const address = claimed.ok ? claimed.value.address : undefined;
    const members = kind.type === 'MeshMultiZoneService' ? this.#matches.statusOf(id) : {};
    const status: ServiceStatus = { ...service.status, ...kind.addressStatus(address), ...members, ...this.#names(kind.type, id, service) };
    const { type, mesh, name, labels, spec, version } = service;
    const writes: Write[] = [];
    if (claimed.ok && claimed.value.isNew) writes.push({ op: 'put', type: 'VirtualIp', mesh: '', name: claimed.value.address, labels: {}, spec: { hostname: '', owner: id }, expectVersion: 'absent' });
    if (!equalData(status, service.status)) writes.push({ op: 'put', type, mesh, name, labels, spec, status, expectVersion: version, bare: true });
    return writes;
  }

  #names(type: ServiceType, id: ResourceId, service: Service): Pick<ServiceStatus, 'addresses' | 'hostnameGenerators'> {
    const names = generateHostnames(service, this.#generators.of(type), (hostname) => this.#hostnames.isFree(hostname, id));
    const given = names.filter(({ reason }) => reason === 'Generated');
    this.#look(this.#hostnames.plan(id, given.map(hostnameOf), names.filter(({ reason }) => reason === 'Collision').map(hostnameOf)));
    return {
      addresses: given.map((name) => ({ hostname: hostnameOf(name), origin: 'HostnameGenerator' as const, hostnameGeneratorRef: { coreName: name.generator } })),
      hostnameGenerators: names.map(({ generator, ...name }) => ({ hostnameGeneratorRef: { coreName: generator }, conditions: [conditionOf(name)] })),
    };
  }

  #setService(kind: ServiceKind, id: ResourceId, service: Service | undefined): void {
    if (service === undefined) this.#services.delete(id);
    else this.#services.set(id, service);
    this.#generators.setService(kind.type, id, service?.labels);
    if (kind.type === 'MeshMultiZoneService') this.#matches.setSelector(id, service as Resource<MeshMultiZoneServiceSpec> | undefined);
    if (kind.type === 'MeshService') this.#look(this.#matches.setService(id, service));
    if (service === undefined) this.#forget(kind.type, id);
    else {
      this.#look(this.#hostnames.show(id, (service.status?.addresses ?? []).map(({ hostname }) => hostname)));
      this.#dirty.add(id);
    }
  }

  /** A service is gone: its addresses are released, and names that it held go to those that wait for them. */
  #forget(type: ServiceType, id: ResourceId): void {
    this.#claims.withdraw(id);
    for (const address of this.#claims.of(id)) this.#released.add(address);
    this.#dirty.delete(id);
    this.#unplaced.get(type)?.ids.delete(id);
    this.#look(this.#hostnames.forget(id));
  }

  #setClaim(address: string, resource: Resource<VirtualIpSpec> | undefined): void {
    const owner = resource?.spec.owner as ResourceId | undefined;
    const before = this.#claims.remove(address);
    if (resource !== undefined) this.#claims.put(address, owner, resource.version);
    if (before !== owner && before !== undefined && this.#services.has(before)) this.#dirty.add(before);
    for (const extra of owner === undefined ? [] : this.#claims.of(owner)) this.#released.add(extra);
    // Whoever found its pool full tries again.
    if (resource === undefined) for (const { ids } of this.#unplaced.values()) this.#look(ids);
    if (resource === undefined) this.#unplaced.clear();
  }

  #refuse(type: ServiceType, id: ResourceId, reason: string): void {
    const known = this.#unplaced.get(type) ?? { reason, ids: new Set<ResourceId>() };
    known.ids.add(id);
    this.#unplaced.set(type, known);
  }

  /** Whether the feed tells of a time before our own last write. */
  #isOutdated(resource: Resource): boolean {
    const id = resourceId(resource);
    const own = this.#written.get(id);
    if (own === undefined) return false;
    const known = this.#services.get(id);
    if (resource.version < own && known?.creationTime === resource.creationTime) return true;
    this.#written.delete(id);
    return false;
  }

  #look(ids: Iterable<ResourceId>): void {
    for (const id of ids) if (this.#services.has(id)) this.#dirty.add(id);
  }
}

function vipId(address: string): ResourceId {
  return `VirtualIp//${address}` as ResourceId;
}

function hostnameOf({ hostname = '' }: GeneratedName): string {
  return hostname;
}

function conditionOf({ reason, message }: Pick<GeneratedName, 'reason' | 'message'>): { type: string; status: string; reason: string; message: string } {
  return { type: 'Generated', status: reason === 'Generated' ? 'True' : 'False', reason, message };
}
