import { inboundTags, readVirtualOutbound, VirtualOutboundTable, type VirtualOutboundSpecLike, type VirtualPort } from '@weft/dns-core';
import { equalData } from '@weft/kernel';
import type { MeshIdentity, MeshTrust } from '@weft/mesh-identity';
import { comparePolicies, inMesh, SERVICE_TAG, type Catalog, type CatalogItem, type LegacyPolicy, type Policy, type ReferredKind } from '@weft/policy-engine';
import type { DataplaneSpec, MeshOpenTelemetryBackendSpec, MeshServiceSpec, MeshServiceStatus, MeshSpec, Resource } from '@weft/resource-model';
import { readDataplane, type DataplaneEntry } from './dataplane-entry.ts';
import type { EndpointSetKey, MeshDirty } from './dirty.ts';
import { contributionsOf, type Endpoint } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';
import { IdentitySet } from './identity-set.ts';
import { meshServiceEntry, type MeshServiceEntry } from './mesh-service-entry.ts';
import { shapeOf, type ServiceShape } from './service-shape.ts';

/** TrustBundles of MeshIdentities are named so, followed by the identity's name. */
const IDENTITY_BUNDLE = 'identity.';

/** One mesh of the index. Readers must not keep what they are handed across changes, except resources and policies. */
export class MeshState implements Catalog {
  readonly name: string;
  #resource: Resource<MeshSpec> | undefined;
  readonly #dataplanes = new Map<string, DataplaneEntry>();
  readonly #meshServices = new Map<string, MeshServiceEntry>();
  readonly #endpoints = new Map<EndpointSetKey, EndpointSet>();
  readonly #shapes = new Map<string, ServiceShape>();
  readonly #policies = new Map<string, Policy[]>();
  readonly #legacy = new Map<string, LegacyPolicy>();
  readonly #bundles = new Map<string, Resource>();
  readonly #collectors = new Map<string, Resource<MeshOpenTelemetryBackendSpec>>();
  readonly #identities = new IdentitySet();
  /** SPIFFE ids by which the proxies of an endpoint set may be met; sets without any are absent. */
  readonly #peers = new Map<EndpointSetKey, readonly string[]>();
  readonly #routeItems = new Map<string, CatalogItem>();
  readonly #virtual = new VirtualOutboundTable();
  #revision = 0;

  constructor(name: string) {
    this.name = name;
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

  /** Services that some inbound offers, ready or not, by `kuma.io/service`. */
  get services(): ReadonlyMap<string, ServiceShape> {
    return this.#shapes;
  }

  /** Endpoint sets that are not empty. */
  get endpoints(): ReadonlyMap<EndpointSetKey, EndpointSet> {
    return this.#endpoints;
  }

  /** Policies by type, in ascending precedence. */
  get policies(): ReadonlyMap<string, readonly Policy[]> {
    return this.#policies;
  }

  /** Policies of the first generation that mean something, in no order. */
  get legacyPolicies(): readonly LegacyPolicy[] {
    return [...this.#legacy.values()];
  }

  /** Host names and ports that VirtualOutbounds make of inbounds, hosts sorted. */
  get virtualPorts(): readonly VirtualPort[] {
    return this.#virtual.ports;
  }

  /** Whether proxies of the mesh may have an outbound by this name. */
  usesName(hostname: string, service: string | undefined): boolean {
    return this.#virtual.has(hostname) || (service !== undefined && this.#shapes.has(service));
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
    return this.#peers.get(key) ?? [];
  }

  /** The route of this display name; of several the one with the lowest precedence counts. */
  route(displayName: string): Policy | undefined {
    return this.#policies.get('MeshHTTPRoute')?.find((policy) => policy.displayName === displayName);
  }

  list(kind: ReferredKind): readonly CatalogItem[] {
    if (kind === 'MeshService') return [...this.#meshServices.values()].map(({ item }) => item);
    return kind === 'MeshHTTPRoute' ? [...this.#routeItems.values()] : [];
  }

  /** True where nothing at all is known of the mesh. */
  get empty(): boolean {
    return this.#resource === undefined && this.#dataplanes.size === 0 && this.#meshServices.size === 0 && this.#bundles.size === 0 && this.#collectors.size === 0 && this.#identities.empty && this.#virtual.empty && this.#legacy.size === 0
      && [...this.#policies.values()].every((list) => list.length === 0);
  }

  setMesh(resource: Resource<MeshSpec> | undefined, dirty: MeshDirty): void {
    this.#resource = resource;
    for (const [id, policy] of this.#legacy) this.#legacy.set(id, inMesh(policy, resource?.spec));
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
    if (this.#identities.setIdentity(name, identity)) this.#identitiesChanged(dirty);
  }

  setMeshTrust(name: string, trust: MeshTrust | undefined, dirty: MeshDirty): void {
    if (this.#identities.setTrust(name, trust)) dirty.identities = true;
  }

  setDataplane(name: string, resource: Resource<DataplaneSpec> | undefined, dirty: MeshDirty): void {
    const before = this.#dataplanes.get(name)?.contributions ?? new Map<EndpointSetKey, readonly Endpoint[]>();
    const contributions = resource === undefined ? new Map<EndpointSetKey, Endpoint[]>() : contributionsOf(resource, this.#servicesThatMaySelect(resource));
    if (resource === undefined) this.#dataplanes.delete(name);
    else this.#dataplanes.set(name, { ...readDataplane(resource), contributions });
    dirty.dataplanes.add(name);
    if (this.#virtual.setSource(name, inboundTags(resource?.spec)).size > 0) dirty.virtualOutbounds = true;
    for (const key of new Set([...before.keys(), ...contributions.keys()])) this.#contribute(key, name, { before: before.get(key), after: contributions.get(key) }, dirty);
  }

  setMeshService(name: string, resource: Resource<MeshServiceSpec, MeshServiceStatus> | undefined, dirty: MeshDirty): void {
    const before = this.#meshServices.get(name);
    const after = resource === undefined ? undefined : meshServiceEntry(resource);
    if (after === undefined) this.#meshServices.delete(name);
    else this.#meshServices.set(name, after);
    if (!equalData(shapeOfService(before), shapeOfService(after))) dirty.meshServices.add(name);
    // State and identities, which change with the proxies, say nothing of who the endpoints are.
    if (equalData(selectionOf(before), selectionOf(after))) return;
    const prefix = `ms:${name}:`;
    for (const [dataplane, entry] of this.#dataplanes) {
      const others = [...entry.contributions].filter(([key]) => !key.startsWith(prefix));
      const own = after === undefined ? [] : [...contributionsOf(entry.resource, [after])].filter(([key]) => key.startsWith(prefix));
      const contributions = new Map<EndpointSetKey, readonly Endpoint[]>([...others, ...own]);
      const keys = new Set([...entry.contributions.keys(), ...contributions.keys()]);
      this.#dataplanes.set(dataplane, { ...entry, contributions });
      for (const key of keys) this.#contribute(key, dataplane, { before: entry.contributions.get(key), after: contributions.get(key) }, dirty);
    }
  }

  setPolicy(type: string, name: string, change: { readonly policy: Policy | undefined; readonly item: CatalogItem | undefined }, dirty: MeshDirty): void {
    const list = this.#policies.get(type) ?? [];
    const before = list.find(({ key }) => key.name === name);
    const rest = list.filter((policy) => policy !== before);
    this.#policies.set(type, change.policy === undefined ? rest : [...rest, change.policy].sort(comparePolicies));
    if (change.item !== undefined) this.#routeItems.set(name, change.item);
    else if (type === 'MeshHTTPRoute') this.#routeItems.delete(name);
    dirty.policies.push({ before, after: change.policy });
  }

  setLegacyPolicy(id: string, policy: LegacyPolicy | undefined, dirty: MeshDirty): void {
    const known = this.#legacy.delete(id);
    if (policy !== undefined) this.#legacy.set(id, policy);
    if (known || policy !== undefined) dirty.legacy = true;
  }

  /** Only MeshServices whose selector may concern the Dataplane. */
  #servicesThatMaySelect(resource: Resource<DataplaneSpec>): MeshServiceEntry[] {
    const tags = new Set((resource.spec.networking?.inbound ?? []).map((inbound) => inbound.tags?.[SERVICE_TAG]));
    return [...this.#meshServices.values()].filter(({ serviceTag }) => serviceTag === undefined || tags.has(serviceTag));
  }

  #contribute(key: EndpointSetKey, dataplane: string, change: { readonly before: readonly Endpoint[] | undefined; readonly after: readonly Endpoint[] | undefined }, dirty: MeshDirty): void {
    if (equalData(change.before, change.after)) return;
    const set = this.#endpoints.get(key) ?? new EndpointSet();
    set.put(dataplane, change.after, ++this.#revision);
    if (set.empty) this.#endpoints.delete(key);
    else this.#endpoints.set(key, set);
    dirty.endpoints.add(key);
    this.#refreshPeers(key, dirty);
    if (key.startsWith('tag:')) this.#reshape(key.slice('tag:'.length), set, dirty);
  }

  #identitiesChanged(dirty: MeshDirty): void {
    dirty.identities = true;
    for (const key of this.#endpoints.keys()) this.#refreshPeers(key, dirty);
  }

  #refreshPeers(key: EndpointSetKey, dirty: MeshDirty): void {
    const members = this.#identities.identities.size === 0 ? [] : this.#endpoints.get(key)?.dataplanes ?? [];
    const ids = new Set<string>();
    for (const name of members) {
      const entry = this.#dataplanes.get(name);
      if (entry !== undefined) for (const id of this.#identities.idsOf(entry.resource)) ids.add(id);
    }
    const after = [...ids].sort();
    if (equalData(after, this.peersOf(key))) return;
    if (after.length === 0) this.#peers.delete(key);
    else this.#peers.set(key, after);
    dirty.peers.add(key);
  }

  #reshape(service: string, set: EndpointSet, dirty: MeshDirty): void {
    const shape = set.empty ? undefined : shapeOf(set.list());
    if (equalData(shape, this.#shapes.get(service))) return;
    if (shape === undefined) this.#shapes.delete(service);
    else this.#shapes.set(service, shape);
    dirty.shapes.add(service);
  }
}

/** What outbounds depend on: not the counts of proxies in the status, which change with every endpoint. */
function shapeOfService(entry: MeshServiceEntry | undefined): unknown {
  const { spec, labels, status, creationTime } = entry?.resource ?? {};
  return { ports: spec?.ports, selector: spec?.selector, identities: spec?.identities, labels, creationTime, vips: status?.vips, hostnames: status?.addresses?.map(({ hostname }) => hostname), tls: status?.tls, exists: entry !== undefined };
}

/** What decides which endpoints a service has. */
function selectionOf(entry: MeshServiceEntry | undefined): unknown {
  return entry && { selector: entry.resource.spec.selector, ports: entry.ports };
}
