import { adminSecretRefs } from '@weft/envoy-builders';
import { MeshError } from '@weft/kernel';
import type { Dirty } from '@weft/mesh-index';
import { findZoneProxy, proxyId, type ProxyClient, type ProxyKey, type SecretRef, type ViewSources, type ZoneProxyType, type ZoneProxyView } from '@weft/proxy-view';
import type { ChangedNames } from '@weft/xds-core';
import type { ProxyConfig, ProxyUpdate } from '../config-engine.ts';
import { EMPTY_LAYER, finishLayer, NO_LAYERS, type FinishedLayer, type ServedLayers } from '../layer.ts';
import { changedNames, type LayerDiffs } from '../layer-diff.ts';
import type { ResourceFactory } from '../resource-factory.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { EgressState } from './egress-state.ts';
import type { IngressState } from './ingress-state.ts';
import type { IngressStates } from './ingress-states.ts';
import { zoneProxyUnits } from './zone-proxy-units.ts';

/** What {@link ZoneProxies} works with. */
export interface ZoneProxyTools {
  readonly sources: ViewSources;
  readonly factory: ResourceFactory;
  readonly diffs: LayerDiffs;
  readonly ingresses: IngressStates;
}

/** A connected zone proxy. */
interface ZoneProxyState {
  readonly id: string;
  readonly type: ZoneProxyType;
  client: ProxyClient;
  ingress: IngressState | undefined;
  egress: EgressState | undefined;
  own: FinishedLayer | undefined;
  secrets: readonly SecretRef[];
  served: ServedLayers | undefined;
  config: ProxyConfig | undefined;
}

/** How much of a zone proxy is to be looked at: all, or what it shares. */
type Due = 'whole' | 'shared';

/**
 * The connected ZoneIngresses and ZoneEgresses: they belong to no mesh and may see all of them. The same layers and
 * units as for other proxies; what ingresses offer is built once for all of them.
 */
export class ZoneProxies {
  readonly #tools: ZoneProxyTools;
  readonly #proxies = new Map<string, ZoneProxyState>();
  readonly #due = new Map<string, Due>();
  #updates = 0;

  constructor(tools: ZoneProxyTools) {
    this.#tools = tools;
  }

  get size(): number {
    return this.#proxies.size;
  }

  get due(): number {
    return this.#due.size;
  }

  get updates(): number {
    return this.#updates;
  }

  connect(client: ProxyClient, type: ZoneProxyType): void {
    const id = proxyId(client.key);
    const known = this.#proxies.get(id);
    if (known === undefined) this.#proxies.set(id, { id, type, client, ingress: undefined, egress: undefined, own: undefined, secrets: [], served: undefined, config: undefined });
    else known.client = client;
    this.#due.set(id, 'whole');
  }

  disconnect(key: ProxyKey): void {
    const id = proxyId(key);
    const proxy = this.#proxies.get(id);
    if (proxy !== undefined) this.#tools.ingresses.move(id, proxy.ingress, undefined);
    this.#proxies.delete(id);
    this.#due.delete(id);
  }

  config(key: ProxyKey): ProxyConfig | undefined {
    return this.#proxies.get(proxyId(key))?.config;
  }

  /** Everything may be another. */
  invalidate(): void {
    for (const [id, { egress }] of this.#proxies) {
      egress?.invalidate();
      this.#due.set(id, 'whole');
    }
  }

  /** Takes in what changed; `ingress`: of whom what is offered did, as {@link IngressStates.touch} says. */
  mark(dirty: Dirty, ingress: ReadonlyMap<string, 'offer' | 'endpoints'>): void {
    for (const id of dirty.zoneProxies) if (this.#proxies.has(id)) this.#due.set(id, 'whole');
    for (const [id, { egress }] of this.#proxies) if (egress?.touch(dirty) === true) this.#due.set(id, 'whole');
    for (const [id, impact] of ingress) if (this.#proxies.has(id) && this.#due.get(id) !== 'whole') this.#due.set(id, impact === 'offer' ? 'whole' : 'shared');
  }

  /** As the engine's `next`. */
  next(): ProxyUpdate | undefined {
    for (const [id, due] of this.#due) {
      const proxy = this.#proxies.get(id);
      if (proxy !== undefined) return this.#attempt(proxy, due);
      this.#due.delete(id);
    }
    return undefined;
  }

  /** A defect is reported with the proxy; it keeps what it has. */
  #attempt(proxy: ZoneProxyState, due: Due): ProxyUpdate {
    try {
      return this.#advance(proxy, due);
    } catch (caught) {
      this.#due.delete(proxy.id);
      proxy.ingress?.invalidateAll();
      proxy.egress?.invalidate();
      const { message: defect } = MeshError.from(caught);
      if (proxy.config !== undefined) proxy.config = { ...proxy.config, problems: [{ resource: proxy.id, reason: defect }] };
      return { ...unchanged(proxy), defect };
    }
  }

  #advance(proxy: ZoneProxyState, due: Due): ProxyUpdate {
    const view = findZoneProxy(this.#tools.sources, proxy.client, proxy.type);
    if (view === undefined) return this.#withdraw(proxy);
    proxy.ingress = this.#tools.ingresses.move(proxy.id, proxy.ingress, proxy.type === 'ZoneIngress' ? { sni: 'hash', unifiedNaming: view.unifiedNaming } : undefined);
    const { ingress } = proxy;
    if (ingress?.step() === false) return unchanged(proxy);
    this.#due.delete(proxy.id);
    if (due === 'whole' || proxy.own === undefined) {
      const egress = this.#egressOf(proxy, view)?.current();
      proxy.secrets = [...adminSecretRefs(view), ...(egress?.secrets ?? [])];
      const secrets = new Set(proxy.secrets.map(({ name }) => name));
      const offered = (type: string, name: string): boolean => (type === 'sds' && secrets.has(name)) || (type === 'cds' && ingress?.layer.cds.has(name) === true);
      proxy.own = finishLayer(zoneProxyUnits(view, { ingress: ingress?.offer, egress }).map((unit) => this.#tools.factory.build(unit)), proxy.own?.good ?? new Map(), offered);
    }
    return this.#publish(proxy, proxy.own);
  }

  #egressOf(proxy: ZoneProxyState, { unifiedNaming, zone }: ZoneProxyView): EgressState | undefined {
    const form = { unifiedNaming, zone };
    if (proxy.type === 'ZoneEgress' && proxy.egress?.suits(form) !== true) proxy.egress = new EgressState(this.#tools.sources, form);
    return proxy.egress;
  }

  #publish(proxy: ZoneProxyState, own: FinishedLayer): ProxyUpdate {
    const served: ServedLayers = { ...NO_LAYERS, own: own.layer, ingress: proxy.ingress?.layer ?? EMPTY_LAYER };
    const before = proxy.served ?? NO_LAYERS;
    const changed = changedNames(this.#tools.diffs, before, served);
    if (proxy.config === undefined || Object.keys(changed).length > 0) this.#updates++;
    const config: ProxyConfig = { snapshot: snapshotOf(served, { layers: before, snapshot: proxy.config?.snapshot }), secrets: proxy.secrets, problems: [...own.problems, ...(proxy.ingress?.problems ?? [])] };
    proxy.served = served;
    proxy.config = config;
    return { proxy: proxy.client.key, config, changed };
  }

  /** Its resource does not exist. */
  #withdraw(proxy: ZoneProxyState): ProxyUpdate {
    this.#due.delete(proxy.id);
    const changed: ChangedNames = proxy.served === undefined ? {} : changedNames(this.#tools.diffs, proxy.served, NO_LAYERS);
    if (proxy.config !== undefined) this.#updates++;
    this.#tools.ingresses.move(proxy.id, proxy.ingress, undefined);
    Object.assign(proxy, { ingress: undefined, egress: undefined, own: undefined, secrets: [], served: undefined, config: undefined });
    return { proxy: proxy.client.key, config: undefined, changed };
  }
}

function unchanged(proxy: ZoneProxyState): ProxyUpdate {
  return { proxy: proxy.client.key, config: proxy.config, changed: {} };
}
