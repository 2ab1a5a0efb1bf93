import { adminSecretRefs, caSecretName, hashSni, identitySecretName, kriSni, matchesHash, resourceClusterName, tagClusterName, tagSni, zoneListenerName } from '@weft/envoy-builders';
import { MeshError } from '@weft/kernel';
import { MeshIndex, type Dirty, type TypeLookup } from '@weft/mesh-index';
import { completeView, dataplaneEgress, dataplaneIngressListeners, findProxy, proxyId, type IngressListenerView, type KnownProxy, type Naming, type ProxyClient, type ProxyKey, type ViewSources } from '@weft/proxy-view';
import { weftRegistry } from '@weft/policy-model';
import type { Change, Resource } from '@weft/resource-model';
import type { ChangedNames } from '@weft/xds-core';
import { changedGenerators } from './changed-generators.ts';
import type { ConfigEngine, EngineCounters, EngineKnowledge, HeldByEngine, ProxyConfig, ProxyUpdate } from './config-engine.ts';
import type { Generator } from './generator.ts';
import { GroupState } from './group-state.ts';
import { impactOf } from './impact.ts';
import { EMPTY_LAYER, finishLayer, NO_LAYERS, type FinishedLayer, type ServedLayers } from './layer.ts';
import { changedNames, LayerDiffs } from './layer-diff.ts';
import { GENERATORS } from './plugins.ts';
import { newProxy, type ProxyState } from './proxy-state.ts';
import { ResourceFactory } from './resource-factory.ts';
import { snapshotOf } from './snapshot-of.ts';
import { IngressStates } from './zone-proxy/ingress-states.ts';
import { ZoneProxies } from './zone-proxy/zone-proxies.ts';

/** What an engine is made with. */
export interface ConfigEngineOptions {
  /** The resource types, by name: policies are told from the rest by their traits. Default: all that Weft knows. */
  readonly types?: TypeLookup;
  /** Default: {@link GENERATORS}. */
  readonly generators?: readonly Generator[];
  /** The own zone: tells what comes from others. Default: everything is of the own one. */
  readonly zone?: string;
  /** Domain of services by their tag, which agents are told. Default: `mesh`, which they know. */
  readonly serviceDomain?: string;
  /** Zone proxies show their statistics in plaintext, for Prometheus. Default: only the control plane sees them. */
  readonly zoneProxyMetrics?: boolean;
}

/** Makes an engine that knows nothing yet. */
export function createConfigEngine(options: ConfigEngineOptions = {}): ConfigEngine {
  return new Engine(options);
}

const NAMING: Naming = { tagClusterName, resourceClusterName, tagSni, hashSni, kriSni, matchesHash, identitySecretName, caSecretName };

/** How much of a proxy is to be looked at: all of it, what it shares and with whom, or only what it shares. */
type Due = 'whole' | 'class' | 'shared';

class Engine implements ConfigEngine {
  readonly #zone: string;
  readonly #index: MeshIndex;
  readonly #sources: ViewSources;
  readonly #factory = new ResourceFactory();
  readonly #generators: readonly Generator[];
  readonly #diffs = new LayerDiffs();
  readonly #proxies = new Map<string, ProxyState>();
  readonly #groups = new Map<string, GroupState>();
  /** Ids of due proxies, first come first served. */
  readonly #due = new Map<string, Due>();
  readonly #tlsReady = new Set<string>();
  readonly #ingresses: IngressStates;
  readonly #zoneProxies: ZoneProxies;
  #viewsBuilt = 0;
  #updates = 0;

  constructor({ types = (name) => weftRegistry.byName(name), generators = GENERATORS, zone = '', serviceDomain, zoneProxyMetrics = false }: ConfigEngineOptions) {
    this.#zone = zone;
    this.#index = new MeshIndex(types, zone);
    this.#generators = generators;
    this.#sources = { index: this.#index, naming: NAMING, tlsReady: (mesh, service) => this.#tlsReady.has(`${mesh}/${service}`), zoneProxyMetrics, ...(serviceDomain !== undefined && { serviceDomain }) };
    const tools = { sources: this.#sources, factory: this.#factory };
    this.#ingresses = new IngressStates(tools);
    this.#zoneProxies = new ZoneProxies({ ...tools, diffs: this.#diffs, ingresses: this.#ingresses });
  }

  get counters(): EngineCounters {
    return { viewsBuilt: this.#viewsBuilt, resourcesBuilt: this.#factory.resourcesBuilt, bytesEncoded: this.#factory.bytesEncoded, updates: this.#updates + this.#zoneProxies.updates };
  }

  get held(): HeldByEngine {
    const meshes = [...this.#index.meshes.values()];
    const count = (of: (mesh: (typeof meshes)[number]) => number): number => meshes.reduce((sum, mesh) => sum + of(mesh), 0);
    return { proxies: this.#proxies.size + this.#zoneProxies.size, groups: this.#groups.size + this.#ingresses.size, due: this.#due.size + this.#zoneProxies.due, dataplanes: count(({ dataplanes }) => dataplanes.size), endpoints: count(({ endpoints }) => endpoints.size) };
  }

  get building(): boolean {
    for (const group of this.#groups.values()) if (group.building) return true;
    return this.#ingresses.building;
  }

  load(resources: Iterable<Resource>): void {
    this.#index.load(resources);
    for (const group of this.#groups.values()) group.invalidate();
    this.#ingresses.invalidate();
    this.#zoneProxies.invalidate();
    for (const id of this.#proxies.keys()) this.#due.set(id, 'whole');
  }

  apply(changes: readonly Change[]): void {
    this.#mark(this.#index.apply(changes));
  }

  setTlsReady(mesh: string, service: string, ready: boolean): void {
    const id = `${mesh}/${service}`;
    if (this.#tlsReady.has(id) === ready) return;
    if (ready) this.#tlsReady.add(id);
    else this.#tlsReady.delete(id);
    for (const group of this.#groupsOf(mesh)) {
      if (group.class.mesh.mtls?.mode !== 'PERMISSIVE' || !group.dependsOn(service)) continue;
      group.invalidate();
      this.#markMembers(group);
    }
  }

  connect(client: ProxyClient): void {
    if (client.key.type !== undefined) return this.#zoneProxies.connect(client, client.key.type);
    const id = proxyId(client.key);
    const known = this.#proxies.get(id);
    if (known === undefined) this.#proxies.set(id, newProxy(id, client));
    else known.client = client;
    this.#due.set(id, 'whole');
  }

  release(key: ProxyKey, credentials: string): void {
    const proxy = this.#proxies.get(proxyId(key));
    if (proxy === undefined) return;
    proxy.credentials = { ...proxy.credentials, released: credentials };
    this.#due.set(proxy.id, 'whole');
  }

  disconnect(key: ProxyKey): void {
    if (key.type !== undefined) return this.#zoneProxies.disconnect(key);
    const id = proxyId(key);
    const proxy = this.#proxies.get(id);
    if (proxy !== undefined) this.#leave(proxy);
    this.#proxies.delete(id);
    this.#due.delete(id);
  }

  config(key: ProxyKey): ProxyConfig | undefined {
    return key.type === undefined ? this.#proxies.get(proxyId(key))?.config : this.#zoneProxies.config(key);
  }

  knowledge(mesh: string): EngineKnowledge {
    const prefix = `${mesh}/`;
    const { serviceDomain } = this.#sources;
    return { zone: this.#zone, ...(serviceDomain !== undefined && { serviceDomain }), resources: this.#index.resourcesOf(mesh), tlsReady: [...this.#tlsReady].filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length)) };
  }

  next(): ProxyUpdate | undefined {
    for (const [id, due] of this.#due) {
      const proxy = this.#proxies.get(id);
      if (proxy !== undefined) return this.#attempt(proxy, due);
      this.#due.delete(id);
    }
    return this.#zoneProxies.next();
  }

  /** A defect met while building one proxy is reported with it; it keeps what it has, and the others get theirs. */
  #attempt(proxy: ProxyState, due: Due): ProxyUpdate {
    try {
      return this.#advance(proxy, due);
    } catch (caught) {
      this.#due.delete(proxy.id);
      proxy.group?.invalidate();
      proxy.ingress?.invalidateAll();
      const { message: defect } = MeshError.from(caught);
      if (proxy.config !== undefined) proxy.config = { ...proxy.config, problems: [{ resource: proxy.id, reason: defect }] };
      return { ...unchanged(proxy), defect };
    }
  }

  #advance(proxy: ProxyState, due: Due): ProxyUpdate {
    if (due !== 'shared') this.#place(proxy);
    const { known, group } = proxy;
    if (known?.credentials.refusal !== undefined) return { ...this.#withdraw(proxy), refusal: known.credentials.refusal };
    if (known === undefined || group === undefined) return this.#withdraw(proxy);
    if (!group.step(known.mesh, () => this.#viewsBuilt++) || proxy.ingress?.step() === false) return unchanged(proxy);
    this.#due.delete(proxy.id);
    if (due === 'whole' || proxy.own === undefined) proxy.own = this.#buildOwn(proxy, known, group);
    return this.#publish(proxy, group);
  }

  /** Finds the proxy's class, and the group that stands for it. Costs nothing where both are found again. */
  #place(proxy: ProxyState): void {
    const known = findProxy(this.#sources, proxy.client, proxy.credentials);
    proxy.known = known;
    proxy.credentials = { ...proxy.credentials, held: known?.credentials.current?.id };
    proxy.ingress = this.#ingresses.move(proxy.id, proxy.ingress, known !== undefined && hasIngress(known) ? { sni: 'kri', unifiedNaming: true, mesh: known.mesh.name } : undefined);
    const key = known === undefined ? undefined : `${known.mesh.name} ${known.class.key}`;
    const group = known === undefined || key === undefined ? undefined : this.#groups.get(key) ?? this.#newGroup(key, known, proxy);
    if (group === proxy.group) return;
    this.#leaveGroup(proxy);
    proxy.group = group;
    group?.members.add(proxy.id);
  }

  #newGroup(key: string, { class: proxies }: KnownProxy, { group }: ProxyState): GroupState {
    const tools = { sources: this.#sources, factory: this.#factory, generators: this.#generators };
    const made = new GroupState(tools, proxies, group?.good ?? new Map());
    this.#groups.set(key, made);
    return made;
  }

  #leave(proxy: ProxyState): void {
    this.#leaveGroup(proxy);
    proxy.ingress = this.#ingresses.move(proxy.id, proxy.ingress, undefined);
  }

  #leaveGroup(proxy: ProxyState): void {
    const { group } = proxy;
    group?.members.delete(proxy.id);
    if (group?.members.size === 0) this.#groups.delete(`${group.class.mesh.name} ${group.class.key}`);
    proxy.group = undefined;
  }

  #buildOwn(proxy: ProxyState, known: KnownProxy, group: GroupState): FinishedLayer {
    const outboundGroup = group.group ?? { key: group.class.key, outbounds: [], destinations: [], directAccess: [], names: [] };
    const { ingress } = proxy;
    const egress = dataplaneEgress(known, { naming: NAMING, nameOf: (section) => zoneListenerName('ZoneEgress', section) });
    const view = { ...completeView(known, outboundGroup), ...(egress !== undefined && { egress }), ...(ingress !== undefined && { ingress: { listeners: ingressListeners(known), offer: ingress.offer } }) };
    this.#viewsBuilt++;
    proxy.secrets = [...view.secrets, ...(egress?.secrets ?? []), ...adminSecretRefs(view)];
    proxy.dns = view.dns;
    const units = changedGenerators(this.#generators, known.class.confs).flatMap((generator) => (generator.scope === 'proxy' ? generator.units(view) : []));
    const secrets = new Set(proxy.secrets.map(({ name }) => name));
    // Chains to a cluster that a mesh without passthrough leaves out are meant to fail; routes may be among the names.
    const offered = (type: string, name: string): boolean => type === 'cds' || (type === 'rds' && group.names(view.dns).layer.rds.has(name)) || (type === 'sds' && secrets.has(name));
    return finishLayer(units.map((unit) => this.#factory.build(unit)), proxy.own?.good ?? new Map(), offered);
  }

  #publish(proxy: ProxyState, group: GroupState): ProxyUpdate {
    const names = group.names(proxy.dns);
    const served: ServedLayers = { own: proxy.own?.layer ?? EMPTY_LAYER, names: names.layer, ingress: proxy.ingress?.layer ?? EMPTY_LAYER, shared: group.layer ?? EMPTY_LAYER };
    const before = proxy.served ?? NO_LAYERS;
    const changed = changedNames(this.#diffs, before, served);
    const first = proxy.config === undefined;
    const all = [...(proxy.own?.problems ?? []), ...group.problems, ...names.problems, ...(proxy.ingress?.problems ?? [])];
    const problems = all.length === 0 ? NO_PROBLEMS : all;
    const config: ProxyConfig = { snapshot: snapshotOf(served, { layers: before, snapshot: proxy.config?.snapshot }), secrets: [...proxy.secrets, ...(group.group?.secrets ?? [])], problems };
    proxy.served = served;
    proxy.config = config;
    if (first || Object.keys(changed).length > 0) this.#updates++;
    const handover = proxy.known?.credentials.next;
    return { proxy: proxy.client.key, config, changed, ...(handover !== undefined && { handover }) };
  }

  /** The Dataplane or its mesh does not exist. */
  #withdraw(proxy: ProxyState): ProxyUpdate {
    this.#due.delete(proxy.id);
    const { served } = proxy;
    const changed: ChangedNames = served === undefined ? {} : changedNames(this.#diffs, served, NO_LAYERS);
    if (proxy.config !== undefined) this.#updates++;
    this.#leave(proxy);
    Object.assign(proxy, { own: undefined, secrets: [], dns: undefined, served: undefined, config: undefined });
    return { proxy: proxy.client.key, config: undefined, changed };
  }

  #mark(dirty: Dirty): void {
    const impact = impactOf(dirty, {
      index: this.#index,
      proxiesOf: (mesh) => [...this.#proxies.values()].filter(({ client }) => client.key.mesh === mesh),
      groupsOf: (mesh) => this.#groupsOf(mesh),
      proxy: (mesh, name) => this.#proxies.get(proxyId({ mesh, name })),
    });
    for (const [{ id }, due] of impact.proxies) if (this.#due.get(id) !== 'whole') this.#due.set(id, due);
    for (const group of impact.groups) this.#markMembers(group);
    const offers = this.#ingresses.touch(dirty);
    for (const [id, offer] of offers) if (this.#proxies.has(id) && this.#due.get(id) !== 'whole') this.#due.set(id, offer === 'offer' ? 'whole' : this.#due.get(id) ?? 'shared');
    this.#zoneProxies.mark(dirty, offers);
  }

  #markMembers(group: GroupState): void {
    for (const id of group.members) if (!this.#due.has(id)) this.#due.set(id, 'shared');
  }

  #groupsOf(mesh: string): GroupState[] {
    return [...this.#groups.values()].filter((group) => group.class.mesh.name === mesh);
  }
}

/** A step that has not come to an end yet: nothing to send. */
function unchanged(proxy: ProxyState): ProxyUpdate {
  return { proxy: proxy.client.key, config: proxy.config, changed: {} };
}

function ingressListeners(known: KnownProxy): readonly IngressListenerView[] {
  return dataplaneIngressListeners(known, (section) => zoneListenerName('ZoneIngress', section));
}

function hasIngress(known: KnownProxy): boolean {
  return ingressListeners(known).length > 0;
}

const NO_PROBLEMS: ProxyConfig['problems'] = [];
