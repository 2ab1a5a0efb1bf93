import { inboundTags, readVirtualOutbound, VirtualOutboundTable, type VirtualOutboundSpecLike, type VirtualPort } from '@weft/dns-core';
import { equalData } from '@weft/kernel';
import type { MeshIdentity, MeshTrust } from '@weft/mesh-identity';
import { zoneOf, type Catalog, type CatalogItem, type LegacyPolicy, type Policy, type ReferredKind } from '@weft/policy-engine';
import type { DataplaneSpec, ExternalServiceSpec, MeshExternalServiceSpec, MeshExternalServiceStatus, MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus, MeshOpenTelemetryBackendSpec, MeshServiceSpec, MeshServiceStatus, MeshSpec, MeshZoneAddressSpec, Resource } from '@weft/resource-model';
import { ChangingMap } from './changing-map.ts';
import { readDataplane, type DataplaneEntry } from './dataplane-entry.ts';
import type { EndpointSetKey, MeshDirty } from './dirty.ts';
import { contributionsOf, type Endpoint } from './endpoint.ts';
import type { EndpointSet } from './endpoint-set.ts';
import { dataplaneOf, EndpointSets } from './endpoint-sets.ts';
import { IdentitySet } from './identity-set.ts';
import type { MeshExternalServiceEntry } from './mesh-external-service-entry.ts';
import { meshServiceEntry, selectionOf, servicesThatMaySelect, shapeOfService, type MeshServiceEntry } from './mesh-service-entry.ts';
import type { MultiZoneEntry } from './multi-zone-entry.ts';
import { MultiZoneServices } from './multi-zone-services.ts';
import { PolicySet } from './policy-set.ts';
import { serviceRemotes, taggedRemotes } from './remote-endpoints.ts';
import { ServersOutside, type Contribution, type EgressChoice } from './servers-outside.ts';
import { shapeOf, type ServiceShape } from './service-shape.ts';
import type { ExternalServer, OutsideHost } from './tagged-externals.ts';
import { ZoneAddresses } from './zone-addresses.ts';
import type { ZoneAddress, ZoneChange, ZoneSet } from './zone-set.ts';
import { inStanding } from './zone-standing.ts';

/** TrustBundles of MeshIdentities are named so, followed by the identity's name. */
const IDENTITY_BUNDLE = 'identity.';

/** One mesh of the index. Readers must not keep what they are handed across changes, except resources and policies. */
export class MeshState implements Catalog {
  readonly name: string;
  #resource: Resource<MeshSpec> | undefined;
  readonly #dataplanes = new Map<string, DataplaneEntry>();
  readonly #meshServices = new Map<string, MeshServiceEntry>();
  readonly #outside = new ServersOutside();
  readonly #endpoints = new EndpointSets();
  readonly #shapes = new ChangingMap<ServiceShape>();
  readonly #policies = new PolicySet();
  readonly #bundles = new Map<string, Resource>();
  readonly #collectors = new Map<string, Resource<MeshOpenTelemetryBackendSpec>>();
  readonly #identities = new IdentitySet();
  /** SPIFFE ids by which the proxies of an endpoint set may be met; sets without any are absent. */
  readonly #peers = new ChangingMap<readonly string[]>();
  readonly #virtual = new VirtualOutboundTable();
  readonly #multiZone: MultiZoneServices;
  readonly #zones: ZoneSet;
  readonly #zoneAddresses = new ZoneAddresses();
  /** What others than Dataplanes contribute, by source: `zone <name>` for services by tag, `service <name>` for a MeshService, and {@link ServersOutside}. */
  readonly #remotes = new Map<string, ReadonlyMap<EndpointSetKey, readonly Endpoint[]>>();

  constructor(name: string, zones: ZoneSet) {
    this.name = name;
    this.#zones = zones;
    this.#multiZone = new MultiZoneServices(name);
  }

  /** The Mesh; undefined where only other resources name it. */
  get resource(): Resource<MeshSpec> | undefined {
    return this.#resource;
  }

  /** Dataplanes by name. */
  get dataplanes(): ReadonlyMap<string, DataplaneEntry> {
    return this.#dataplanes;
  }

  /** MeshServices by name. */
  get meshServices(): ReadonlyMap<string, MeshServiceEntry> {
    return this.#meshServices;
  }

  /** MeshMultiZoneServices by name. */
  get multiZoneServices(): ReadonlyMap<string, MultiZoneEntry> {
    return this.#multiZone.entries;
  }

  /** MeshExternalServices by name. */
  get externalServices(): ReadonlyMap<string, MeshExternalServiceEntry> {
    return this.#outside.named;
  }

  /** Servers outside the mesh (ExternalServices) of a service by tag, by name. */
  serversOf(service: string): readonly ExternalServer[] {
    return this.#outside.tagged.of(service);
  }

  /** The MeshServices that a MeshMultiZoneService means, by name. */
  membersOf(multiZoneService: string): readonly MeshServiceEntry[] {
    return this.#multiZone.members(multiZoneService).flatMap((name) => this.#meshServices.get(name) ?? []);
  }

  /** Whether a zone has an address of its own for this mesh, so that its services are called by their KRI. */
  hasZoneAddress(zone: string): boolean {
    return this.#zoneAddresses.of(zone).length > 0;
  }

  /** Whether proxies here may reach other zones at all: that takes certificates on both ends. */
  get crossesZones(): boolean {
    return (this.#resource?.spec.mtls?.enabledBackend ?? '') !== '' || this.#identities.identities.size > 0;
  }

  /** Where another zone is entered for its MeshServices: its own addresses for this mesh, else its ingresses. */
  entrancesOf(zone: string): readonly ZoneAddress[] {
    const own = this.#zoneAddresses.of(zone);
    return own.length > 0 ? own : this.#zones.entrances(zone).map(({ address, port }) => ({ address, port }));
  }

  /** Services by tag of other zones as egresses reach them, zone by zone; none where sidecars go there themselves. */
  beyondEgresses(): readonly (readonly [EndpointSetKey, readonly Endpoint[]])[] {
    const { reachable, egresses } = this.#waysOut();
    return !reachable || egresses === undefined ? [] : this.#zones.others.flatMap((zone) => [...inStanding(taggedRemotes({ mesh: this.name, zone, entrances: this.#zones.entrances(zone), egresses: undefined, servers: true }), this.#zones.standing(zone))]);
  }

  /** Services that some inbound offers, ready or not, by `kuma.io/service`. */
  get services(): ReadonlyMap<string, ServiceShape> {
    return this.#shapes.all;
  }

  /** Endpoint sets that are not empty. */
  get endpoints(): ReadonlyMap<EndpointSetKey, EndpointSet> {
    return this.#endpoints.all;
  }

  /** Policies by type, in ascending precedence. */
  get policies(): ReadonlyMap<string, readonly Policy[]> {
    return this.#policies.byType;
  }

  /** Policies of the first generation that mean something, in no order. */
  get legacyPolicies(): readonly LegacyPolicy[] {
    return this.#policies.legacy;
  }

  /** Host names and ports that VirtualOutbounds make of inbounds, hosts sorted. */
  get virtualPorts(): readonly VirtualPort[] {
    return this.#virtual.ports;
  }

  /** Names of servers outside (ExternalServices) that lead to their services. */
  get outsideHosts(): readonly OutsideHost[] {
    return this.#outside.tagged.hosts;
  }

  /** Whether proxies of the mesh may have an outbound by this name. */
  usesName(hostname: string, service: string | undefined): boolean {
    return this.#virtual.has(hostname) || this.#outside.tagged.hasHost(hostname) || (service !== undefined && this.#shapes.all.has(service));
  }

  /** Trust bundles by backend. */
  get bundles(): ReadonlyMap<string, Resource> {
    return this.#bundles;
  }

  /** MeshOpenTelemetryBackends by name. */
  get collectors(): ReadonlyMap<string, Resource<MeshOpenTelemetryBackendSpec>> {
    return this.#collectors;
  }

  /** Its MeshIdentities and MeshTrusts. */
  get identities(): IdentitySet {
    return this.#identities;
  }

  /** SPIFFE ids by which the proxies of an endpoint set may be met, in order. */
  peersOf(key: EndpointSetKey): readonly string[] {
    return this.#peers.all.get(key) ?? [];
  }

  /** The route of this display name; of several the one with the lowest precedence counts. */
  route(displayName: string): Policy | undefined {
    return this.#policies.byType.get('MeshHTTPRoute')?.find((policy) => policy.displayName === displayName);
  }

  list(kind: ReferredKind): readonly CatalogItem[] {
    if (kind === 'MeshService') return [...this.#meshServices.values()].map(({ item }) => item);
    if (kind === 'MeshMultiZoneService') return [...this.#multiZone.entries.values()].map(({ item }) => item);
    if (kind === 'MeshExternalService') return [...this.#outside.named.values()].map(({ item }) => item);
    return this.#policies.routeItems;
  }

  /** True where nothing at all is known of the mesh. */
  get empty(): boolean {
    return this.#resource === undefined && this.#dataplanes.size === 0 && this.#meshServices.size === 0 && this.#bundles.size === 0 && this.#collectors.size === 0 && this.#identities.empty && this.#virtual.empty && this.#policies.empty && this.#multiZone.entries.size === 0 && this.#outside.empty && this.#zoneAddresses.empty;
  }

  setMesh(resource: Resource<MeshSpec> | undefined, dirty: MeshDirty): void {
    const before = this.#waysOut();
    this.#resource = resource;
    if (!equalData(before, this.#waysOut())) {
      this.refreshZones(dirty);
      this.#refreshTagged(dirty);
    }
    this.#refreshExternal(dirty);
    this.#policies.setMesh(resource?.spec);
    dirty.mesh = true;
  }

  setVirtualOutbound(name: string, resource: Resource<VirtualOutboundSpecLike> | undefined, dirty: MeshDirty): void {
    const hosts = this.#virtual.setOutbound(name, resource && readVirtualOutbound(name, resource.spec));
    if (hosts.size > 0) dirty.virtualOutbounds = true;
  }

  setBundle(name: string, resource: Resource | undefined, dirty: MeshDirty): void {
    if (resource === undefined) this.#bundles.delete(name);
    else this.#bundles.set(name, resource);
    dirty.trust = true;
    if (!name.startsWith(IDENTITY_BUNDLE) || !this.#identities.setIssuing(name.slice(IDENTITY_BUNDLE.length), resource !== undefined)) return;
    this.#identitiesChanged(dirty);
  }

  setCollector(name: string, resource: Resource<MeshOpenTelemetryBackendSpec> | undefined, dirty: MeshDirty): void {
    if (resource === undefined) this.#collectors.delete(name);
    else this.#collectors.set(name, resource);
    dirty.collectors = true;
  }

  setIdentity(name: string, identity: MeshIdentity | undefined, dirty: MeshDirty): void {
    const before = this.crossesZones;
    if (this.#identities.setIdentity(name, identity)) this.#identitiesChanged(dirty);
    if (before !== this.crossesZones) this.refreshZones(dirty);
  }

  setMeshTrust(name: string, trust: MeshTrust | undefined, dirty: MeshDirty): void {
    if (!this.#identities.setTrust(name, trust)) return;
    dirty.identities = true;
    this.#refreshExternal(dirty);
  }

  setDataplane(name: string, resource: Resource<DataplaneSpec> | undefined, dirty: MeshDirty): void {
    const before = this.#dataplanes.get(name)?.contributions ?? new Map<EndpointSetKey, readonly Endpoint[]>();
    const contributions = resource === undefined ? new Map<EndpointSetKey, Endpoint[]>() : contributionsOf(resource, servicesThatMaySelect(this.#meshServices.values(), resource));
    if (resource === undefined) this.#dataplanes.delete(name);
    else this.#dataplanes.set(name, { ...readDataplane(resource), contributions });
    dirty.dataplanes.add(name);
    if (this.#virtual.setSource(name, inboundTags(resource?.spec)).size > 0) dirty.virtualOutbounds = true;
    for (const key of new Set([...before.keys(), ...contributions.keys()])) this.#contribute(key, name, contributions.get(key), dirty);
    if (!this.#outside.setDataplane(name, resource)) return;
    this.#refreshExternal(dirty);
    this.#outside.forgetListeners();
  }

  setMeshService(name: string, resource: Resource<MeshServiceSpec, MeshServiceStatus> | undefined, dirty: MeshDirty): void {
    const before = this.#meshServices.get(name);
    const zone = resource === undefined ? '' : zoneOf(resource);
    const after = resource === undefined ? undefined : meshServiceEntry(resource, this.#zones.isOther(zone) ? zone : undefined);
    if (after === undefined) this.#meshServices.delete(name);
    else this.#meshServices.set(name, after);
    if (!equalData(shapeOfService(before), shapeOfService(after))) dirty.meshServices.add(name);
    const owners = this.#multiZone.setService(name, resource);
    this.#refreshService(name, dirty);
    this.#reselect(name, { before, after }, dirty);
    for (const owner of owners) {
      dirty.meshServices.add(owner);
      this.#refreshUnions(owner, this.#multiZone.entries.get(owner)?.ports.map(({ port }) => port) ?? [], dirty);
    }
  }

  /** Finds the Dataplanes that serve a MeshService anew, where that may be others. */
  #reselect(name: string, { before, after }: { readonly before: MeshServiceEntry | undefined; readonly after: MeshServiceEntry | undefined }, dirty: MeshDirty): void {
    // State and identities, which change with the proxies, say nothing of who the endpoints are.
    if (equalData(selectionOf(before), selectionOf(after))) return;
    const prefix = `ms:${name}:`;
    for (const [dataplane, entry] of this.#dataplanes) {
      const others = [...entry.contributions].filter(([key]) => !key.startsWith(prefix));
      const own = after === undefined ? [] : [...contributionsOf(entry.resource, [after])].filter(([key]) => key.startsWith(prefix));
      const contributions = new Map<EndpointSetKey, readonly Endpoint[]>([...others, ...own]);
      const keys = new Set([...entry.contributions.keys(), ...contributions.keys()]);
      this.#dataplanes.set(dataplane, { ...entry, contributions });
      for (const key of keys) this.#contribute(key, dataplane, contributions.get(key), dirty);
    }
  }

  setMultiZoneService(name: string, resource: Resource<MeshMultiZoneServiceSpec, MeshMultiZoneServiceStatus> | undefined, dirty: MeshDirty): void {
    const { ports, reshaped } = this.#multiZone.set(name, resource);
    if (reshaped) dirty.meshServices.add(name);
    this.#refreshUnions(name, ports, dirty);
  }

  setExternalService(name: string, resource: Resource<MeshExternalServiceSpec, MeshExternalServiceStatus> | undefined, dirty: MeshDirty): void {
    this.#outside.setNamed(name, resource, dirty);
    this.#refreshExternal(dirty, [name]);
  }

  setTaggedExternal(name: string, resource: Resource<ExternalServiceSpec> | undefined, dirty: MeshDirty): void {
    const services = this.#outside.setTagged(name, resource);
    this.#refreshTagged(dirty, [name]);
    // Another way to speak to a server is no other endpoint.
    for (const service of services) this.#reshape(service, dirty);
  }

  setZoneAddress(name: string, resource: Resource<MeshZoneAddressSpec> | undefined, dirty: MeshDirty): void {
    const zone = resource === undefined ? '' : zoneOf(resource);
    for (const changed of this.#zoneAddresses.set(name, resource && this.#zones.isOther(zone) ? { zone, address: resource.spec.address, port: resource.spec.port } : undefined)) {
      if (changed.known) dirty.zones = true;
      this.setZone({ zone: changed.zone, moved: true }, dirty);
    }
  }

  /** Another zone offers other services, or is entered elsewhere. */
  setZone({ zone, moved }: ZoneChange, dirty: MeshDirty): void {
    const { reachable, egresses } = this.#waysOut();
    const found = reachable ? taggedRemotes({ mesh: this.name, zone, entrances: this.#zones.entrances(zone), egresses }) : new Map<EndpointSetKey, Endpoint[]>();
    if (reachable && egresses !== undefined) dirty.beyondEgresses = true;
    this.#take({ source: `zone ${zone}`, endpoints: inStanding(found, this.#zones.standing(zone)) }, dirty);
    if (this.#virtual.setSource(`zone ${zone}`, [...found.values()].flatMap((endpoints) => endpoints.map(({ tags }) => tags))).size > 0) dirty.virtualOutbounds = true;
    if (moved) for (const entry of this.#meshServices.values()) if (entry.remoteZone === zone) this.#refreshService(entry.name, dirty);
  }

  /** All that other zones contribute, again. */
  refreshZones(dirty: MeshDirty): void {
    const remote = [...this.#meshServices.values()].flatMap(({ remoteZone }) => remoteZone ?? []);
    for (const zone of new Set([...this.#zones.others, ...remote])) this.setZone({ zone, moved: true }, dirty);
  }

  /** The own zone has other egresses. */
  setEgresses(dirty: MeshDirty): void {
    this.#refreshExternal(dirty);
    if (this.#waysOut().egresses === undefined) return;
    this.refreshZones(dirty);
    this.#refreshTagged(dirty);
  }

  setPolicy(type: string, name: string, change: { readonly policy: Policy | undefined; readonly item: CatalogItem | undefined }, dirty: MeshDirty): void {
    this.#policies.set(type, name, change, dirty);
  }

  setLegacyPolicy(id: string, policy: LegacyPolicy | undefined, dirty: MeshDirty): void {
    this.#policies.setLegacy(id, policy, dirty);
  }

  /** Whether other zones can be reached, and by way of which egresses: what their endpoints depend on beside themselves. */
  #waysOut(): { readonly reachable: boolean; readonly egresses: readonly ZoneAddress[] | undefined } {
    return { reachable: this.crossesZones, egresses: this.#resource?.spec.routing?.zoneEgress === true ? this.#zones.egresses : undefined };
  }

  #refreshService(name: string, dirty: MeshDirty): void {
    const entry = this.#meshServices.get(name);
    const zone = entry?.remoteZone;
    this.#take({ source: `service ${name}`, endpoints: entry === undefined || zone === undefined || !this.crossesZones ? new Map() : inStanding(serviceRemotes(entry, zone, this.entrancesOf(zone)), this.#zones.standing(zone)) }, dirty);
  }

  #refreshExternal(dirty: MeshDirty, names?: Iterable<string>): void {
    const { mtls, meshServices } = this.#resource?.spec ?? {};
    const choice: EgressChoice = { exclusive: meshServices?.mode === 'Exclusive', hasCa: (mtls?.enabledBackend ?? '') !== '', zones: this.#zones, identities: this.#identities };
    for (const contribution of this.#outside.ofNamed(choice, names)) this.#take(contribution, dirty);
  }

  #refreshTagged(dirty: MeshDirty, names?: Iterable<string>): void {
    for (const contribution of this.#outside.ofTagged({ egresses: this.#waysOut().egresses, own: this.#zones.own }, names)) this.#take(contribution, dirty);
  }

  #take({ source, contributor = source, endpoints: after }: Contribution, dirty: MeshDirty): void {
    const before = this.#remotes.get(source) ?? new Map<EndpointSetKey, readonly Endpoint[]>();
    if (after.size === 0) this.#remotes.delete(source);
    else this.#remotes.set(source, after);
    for (const key of new Set([...before.keys(), ...after.keys()])) this.#contribute(key, contributor, after.get(key), dirty);
  }

  /** Ports of a MeshMultiZoneService take what its members' ports of the same number have. */
  #refreshUnions(name: string, ports: readonly number[], dirty: MeshDirty): void {
    for (const port of ports) {
      const key = `mzms:${name}:${port}`;
      const exists = this.#multiZone.entries.get(name)?.ports.some((own) => own.port === port) === true;
      const members = exists ? this.#multiZone.members(name) : [];
      const after = new Map<string, readonly Endpoint[]>(members.flatMap((member) => [...this.#endpoints.contributionsTo(`ms:${member}:${port}`)].map(([who, endpoints]) => [`${member} ${who}`, endpoints] as const)));
      for (const who of new Set([...this.#endpoints.contributionsTo(key).keys(), ...after.keys()])) this.#contribute(key, who, after.get(who), dirty);
    }
  }

  #contribute(key: EndpointSetKey, contributor: string, after: readonly Endpoint[] | undefined, dirty: MeshDirty): void {
    if (!this.#endpoints.put(key, contributor, after)) return;
    dirty.endpoints.add(key);
    this.#refreshPeers(key, dirty);
    if (key.startsWith('tag:')) this.#reshape(key.slice('tag:'.length), dirty);
    const [kind, service = '', port] = key.split(':');
    if (kind === 'ms') for (const owner of this.#multiZone.containing(service, Number(port))) this.#contribute(`mzms:${owner}:${port ?? ''}`, `${service} ${contributor}`, after, dirty);
  }

  #identitiesChanged(dirty: MeshDirty): void {
    dirty.identities = true;
    this.#refreshExternal(dirty);
    for (const key of this.#endpoints.all.keys()) this.#refreshPeers(key, dirty);
  }

  #refreshPeers(key: EndpointSetKey, dirty: MeshDirty): void {
    const ids = new Set<string>();
    for (const contributor of this.#identities.identities.size === 0 ? [] : this.#endpoints.contributionsTo(key).keys()) {
      const entry = this.#dataplanes.get(dataplaneOf(key, contributor));
      if (entry !== undefined) for (const id of this.#identities.idsOf(entry.resource)) ids.add(id);
    }
    if (this.#peers.set(key, ids.size === 0 ? undefined : [...ids].sort())) dirty.peers.add(key);
  }

  #reshape(service: string, dirty: MeshDirty): void {
    const set = this.#endpoints.all.get(`tag:${service}`);
    const shape = set && shapeOf(set.list(), { servers: this.#outside.tagged.of(service), via: this.#waysOut().egresses === undefined ? 'direct' : 'egress' });
    if (this.#shapes.set(service, shape)) dirty.shapes.add(service);
  }
}
