import { templateDomain, type VirtualOutboundSpecLike } from '@weft/dns-core';
import { compareText, equalData, sortedBy } from '@weft/kernel';
import type { MeshIdentity } from '@weft/mesh-identity';
import { kriOf, readLegacyPolicy, readPolicy, type CatalogItem } from '@weft/policy-engine';
import { keyOf, resourceId, type Change, type DataplaneSpec, type ExternalServiceSpec, type HostnameGeneratorSpec, type MeshExternalServiceSpec, type MeshExternalServiceStatus, type MeshMultiZoneServiceSpec, type MeshMultiZoneServiceStatus, type MeshOpenTelemetryBackendSpec, type MeshServiceSpec, type MeshServiceStatus, type MeshSpec, type MeshTrustSpec, type MeshZoneAddressSpec, type Resource, type ResourceId, type ResourceKey, type ResourceType, type VirtualIpSpec, type ZoneEgressSpec, type ZoneIngressSpec, type ZoneWithdrawalSpec } from '@weft/resource-model';
import { clean, dirtyMesh, type Dirty } from './dirty.ts';
import { MeshState } from './mesh-state.ts';
import { ZoneSet } from './zone-set.ts';

/** A VIP of a host name: that of a service addressed by tag, or one that VirtualOutbounds make. */
export interface ServiceVip {
  readonly ip: string;
  /** Undefined where the name is not that of a service. */
  readonly service: string | undefined;
  /** The name that it answers to. */
  readonly hostname: string;
}

/** Which type a resource is of; the index reads policies by their traits. */
export type TypeLookup = (name: string) => ResourceType | undefined;

/** Types that configs depend on, beside policies. The rest of the feed passes by. */
const INDEXED: ReadonlySet<string> = new Set(['Mesh', 'Dataplane', 'MeshService', 'TrustBundle', 'MeshIdentity', 'MeshTrust', 'VirtualIp', 'VirtualOutbound', 'HostnameGenerator', 'MeshOpenTelemetryBackend', 'MeshMultiZoneService', 'MeshExternalService', 'MeshZoneAddress', 'ExternalService', 'ZoneIngress', 'ZoneEgress', 'ZoneWithdrawal']);

/**
 * What the control plane knows, in the form in which configs are built from it. Changed in place; each change says what
 * it touches. Applying a change twice, or an older one after a newer one, does nothing, so that any batching and any
 * overlap of snapshot and replay of one revision sequence ends in the same index.
 */
export class MeshIndex {
  readonly #types: TypeLookup;
  readonly #versions = new Map<ResourceId, Resource>();
  readonly #meshes = new Map<string, MeshState>();
  readonly #vips = new Map<string, ServiceVip>();
  readonly #vipsByName = new Map<string, readonly string[]>();
  /** Domain of each HostnameGenerator that has one. */
  readonly #domains = new Map<string, string>();

  readonly #zones: ZoneSet;

  /** `zone`: the own one; what comes from others is told by it. Without it everything is of the own zone. */
  constructor(types: TypeLookup, zone = '') {
    this.#types = types;
    this.#zones = new ZoneSet(zone);
  }

  /** An index of exactly these resources. */
  static rebuild(types: TypeLookup, resources: Iterable<Resource>, zone = ''): MeshIndex {
    const index = new MeshIndex(types, zone);
    index.apply([...resources].sort((a, b) => loadRank(a) - loadRank(b)).map((resource) => ({ op: 'put', resource })));
    return index;
  }

  /** The resource of a zone proxy, of whichever zone. */
  zoneProxy(type: 'ZoneIngress' | 'ZoneEgress', name: string): Resource | undefined {
    return this.#versions.get(resourceId({ type, mesh: '', name }));
  }

  mesh(name: string): MeshState | undefined {
    return this.#meshes.get(name);
  }

  get meshes(): ReadonlyMap<string, MeshState> {
    return this.#meshes;
  }

  /** VIPs of host names, by address. */
  vips(): readonly ServiceVip[] {
    return sortedBy(this.#vips.values(), ({ ip }) => ip);
  }

  /** Addresses of a host name, in order. */
  vipsOf(hostname: string): readonly string[] {
    return this.#vipsByName.get(hostname) ?? [];
  }

  /** Domains in which HostnameGenerators name services, in order. */
  get domains(): readonly string[] {
    return [...new Set(this.#domains.values())].sort();
  }

  /** Whether a host name has this VIP. */
  hasVip(ip: string): boolean {
    return this.#vips.has(ip);
  }

  /** Every indexed resource of a mesh, the Mesh itself, and those that belong to none. */
  resourcesOf(mesh: string): readonly Resource[] {
    return [...this.#versions.values()].filter((resource) => (resource.type === 'Mesh' ? resource.name === mesh : resource.mesh === mesh || resource.mesh === ''));
  }

  /** Applies changes in order. */
  apply(changes: Iterable<Change>): Dirty {
    const dirty = clean();
    for (const change of changes) {
      if (change.op === 'put') this.#put(change.resource, dirty);
      else if (change.op === 'delete') this.#delete(change.key, dirty);
    }
    for (const name of dirty.meshes.keys()) if (this.#meshes.get(name)?.empty === true) this.#meshes.delete(name);
    return dirty;
  }

  /** Makes the index hold exactly these resources. */
  load(resources: Iterable<Resource>): Dirty {
    const all = [...resources].sort((a, b) => loadRank(a) - loadRank(b));
    const kept = new Set(all.map(resourceId));
    const gone = [...this.#versions.values()].filter((resource) => !kept.has(resourceId(resource)));
    // A snapshot of another epoch may hold older versions than ours, or other content under the same one: it wins.
    for (const resource of all) {
      const known = this.#versions.get(resourceId(resource));
      if (known !== undefined && !equalData(known, resource)) this.#versions.delete(resourceId(resource));
    }
    return this.apply([...gone.map((resource): Change => ({ op: 'delete', key: keyOf(resource) })), ...all.map((resource): Change => ({ op: 'put', resource }))]);
  }

  #put(resource: Resource, dirty: Dirty): void {
    if (!this.#isIndexed(resource.type)) return;
    const id = resourceId(resource);
    const known = this.#versions.get(id);
    if (known !== undefined && !isNewer(resource, known)) return;
    this.#versions.set(id, resource);
    this.#set(resource, resource, dirty);
  }

  #delete(key: ResourceKey, dirty: Dirty): void {
    if (this.#versions.delete(resourceId(key))) this.#set(key, undefined, dirty);
  }

  #isIndexed(type: string): boolean {
    return INDEXED.has(type) || this.#types(type)?.policy !== undefined;
  }

  /** Each type has its place. */
  #set(key: ResourceKey, resource: Resource | undefined, dirty: Dirty): void {
    switch (key.type) {
      case 'Mesh': return this.#state(key.name).setMesh(resource as Resource<MeshSpec> | undefined, dirtyMesh(dirty, key.name));
      case 'Dataplane': return this.#state(key.mesh).setDataplane(key.name, resource as Resource<DataplaneSpec> | undefined, dirtyMesh(dirty, key.mesh));
      case 'MeshService': return this.#state(key.mesh).setMeshService(key.name, resource as Resource<MeshServiceSpec, MeshServiceStatus> | undefined, dirtyMesh(dirty, key.mesh));
      case 'TrustBundle': return this.#state(key.mesh).setBundle(key.name, resource, dirtyMesh(dirty, key.mesh));
      case 'MeshIdentity': return this.#state(key.mesh).setIdentity(key.name, resource as MeshIdentity | undefined, dirtyMesh(dirty, key.mesh));
      case 'MeshTrust': return this.#state(key.mesh).setMeshTrust(key.name, resource as Resource<MeshTrustSpec> | undefined, dirtyMesh(dirty, key.mesh));
      case 'MeshOpenTelemetryBackend': return this.#state(key.mesh).setCollector(key.name, resource as Resource<MeshOpenTelemetryBackendSpec> | undefined, dirtyMesh(dirty, key.mesh));
      case 'MeshMultiZoneService': return this.#state(key.mesh).setMultiZoneService(key.name, resource as Resource<MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus> | undefined, dirtyMesh(dirty, key.mesh));
      case 'MeshExternalService': return this.#state(key.mesh).setExternalService(key.name, resource as Resource<MeshExternalServiceSpec, MeshExternalServiceStatus> | undefined, dirtyMesh(dirty, key.mesh));
      case 'ExternalService': return this.#state(key.mesh).setTaggedExternal(key.name, resource as Resource<ExternalServiceSpec> | undefined, dirtyMesh(dirty, key.mesh));
      case 'MeshZoneAddress': return this.#state(key.mesh).setZoneAddress(key.name, resource as Resource<MeshZoneAddressSpec> | undefined, dirtyMesh(dirty, key.mesh));
      case 'ZoneIngress': return this.#setIngress(key.name, resource as Resource<ZoneIngressSpec> | undefined, dirty);
      case 'ZoneEgress': return this.#setEgress(key.name, resource as Resource<ZoneEgressSpec> | undefined, dirty);
      case 'ZoneWithdrawal': return this.#setWithdrawal(key.name, resource as Resource<ZoneWithdrawalSpec> | undefined, dirty);
      case 'VirtualOutbound': return this.#state(key.mesh).setVirtualOutbound(key.name, resource as Resource<VirtualOutboundSpecLike> | undefined, dirtyMesh(dirty, key.mesh));
      case 'HostnameGenerator': return this.#setGenerator(key.name, resource as Resource<HostnameGeneratorSpec> | undefined, dirty);
      case 'VirtualIp': return this.#setVip(key.name, resource as Resource<VirtualIpSpec> | undefined, dirty);
      default: return this.#setPolicy(key, resource, dirty);
    }
  }

  #setPolicy(key: ResourceKey, resource: Resource | undefined, dirty: Dirty): void {
    const type = this.#types(key.type);
    if (type?.policy === undefined) return;
    if (!isTargetRefPolicy(type)) {
      this.#state(key.mesh).setLegacyPolicy(`${key.type}/${key.name}`, resource === undefined ? undefined : readLegacyPolicy(resource, type, this.#state(key.mesh).resource?.spec), dirtyMesh(dirty, key.mesh));
      return;
    }
    const policy = resource === undefined ? undefined : readPolicy(resource, type);
    const item: CatalogItem | undefined = resource !== undefined && key.type === 'MeshHTTPRoute'
      ? { kind: 'MeshHTTPRoute', name: key.name, labels: resource.labels, kri: kriOf(resource, 'mhttpr'), creationTime: resource.creationTime, ports: [] }
      : undefined;
    this.#state(key.mesh).setPolicy(key.type, key.name, { policy, item }, dirtyMesh(dirty, key.mesh));
  }

  /** A domain more or less concerns every proxy that answers names. */
  #setGenerator(name: string, resource: Resource<HostnameGeneratorSpec> | undefined, dirty: Dirty): void {
    const before = this.domains;
    const domain = templateDomain(resource?.spec.template ?? '');
    if (domain === undefined) this.#domains.delete(name);
    else this.#domains.set(name, domain);
    if (!equalData(before, this.domains)) for (const mesh of this.#meshes.keys()) dirtyMesh(dirty, mesh).mesh = true;
  }

  /** An ingress serves all meshes. */
  #setIngress(name: string, resource: Resource<ZoneIngressSpec> | undefined, dirty: Dirty): void {
    dirty.zoneProxies.add(`ZoneIngress//${name}`);
    for (const change of this.#zones.setIngress(name, resource)) for (const [mesh, state] of this.#meshes) state.setZone(change, dirtyMesh(dirty, mesh));
  }

  #setEgress(name: string, resource: Resource<ZoneEgressSpec> | undefined, dirty: Dirty): void {
    dirty.zoneProxies.add(`ZoneEgress//${name}`);
    if (this.#zones.setEgress(name, resource)) for (const [mesh, state] of this.#meshes) state.setEgresses(dirtyMesh(dirty, mesh));
  }

  /** Endpoints of the zone change in all meshes; nothing else does. */
  #setWithdrawal(zone: string, resource: Resource<ZoneWithdrawalSpec> | undefined, dirty: Dirty): void {
    if (this.#zones.setWithdrawal(zone, resource)) for (const [mesh, state] of this.#meshes) state.setZone({ zone, moved: true }, dirtyMesh(dirty, mesh));
  }

  #setVip(ip: string, resource: Resource<VirtualIpSpec> | undefined, dirty: Dirty): void {
    const { service, hostname = '' } = resource?.spec ?? {};
    const vip = hostname === '' ? undefined : { ip, service, hostname };
    const before = this.#vips.get(ip);
    if (equalData(before, vip)) return;
    for (const changed of [before, vip]) if (changed !== undefined) dirty.vips.set(changed.hostname, changed.service);
    if (vip === undefined) this.#vips.delete(ip);
    else this.#vips.set(ip, vip);
    if (before !== undefined) this.#setNames(before.hostname, this.vipsOf(before.hostname).filter((address) => address !== ip));
    if (vip !== undefined) this.#setNames(hostname, [...this.vipsOf(hostname), ip].sort());
  }

  #setNames(hostname: string, addresses: readonly string[]): void {
    if (addresses.length === 0) this.#vipsByName.delete(hostname);
    else this.#vipsByName.set(hostname, addresses);
  }

  #state(mesh: string): MeshState {
    const known = this.#meshes.get(mesh);
    if (known !== undefined) return known;
    const made = new MeshState(mesh, this.#zones);
    this.#meshes.set(mesh, made);
    return made;
  }
}

/** A resource that was deleted and made again counts versions from 1: then the time of creation tells. */
function isNewer(a: Resource, b: Resource): boolean {
  return a.creationTime === b.creationTime ? a.version > b.version : compareText(a.creationTime, b.creationTime) > 0;
}

/** Services before the Dataplanes that they select, so that each Dataplane is looked at once. */
function loadRank({ type }: Resource): number {
  return type === 'Dataplane' ? 1 : 0;
}

/** Policies of the first generation match by tags, not by targetRef. */
function isTargetRefPolicy(type: ResourceType | undefined): type is ResourceType {
  return type?.policy !== undefined && type.form === 'spec';
}
