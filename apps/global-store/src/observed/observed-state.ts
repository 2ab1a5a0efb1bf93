import { BUCKETS, parseBucketKey, type Bus, type Subscription } from '@weft/bus';
import { compareText, type Clock, type Json } from '@weft/kernel';
import { parseRevision, type Resource, type ResourceKey, type Revision } from '@weft/resource-model';
import { PolicyRefusals, type PolicyRefusal, type ProxyRefusal } from './policy-refusals.ts';
import { proxySync, type ProxySync, type TypeReceipt } from '../receipts/proxy-sync.ts';

/** One connection of a proxy, as far as it is read here; times are RFC 3339. */
interface DiscoverySubscription {
  readonly connectTime?: string;
  readonly disconnectTime?: string;
  readonly status?: { readonly lastUpdateTime?: string };
}

/** What an xds-server says of one proxy: the fields of a DataplaneInsight. */
interface ObservedProxy {
  readonly subscriptions?: readonly DiscoverySubscription[];
  /** Receipts; no part of the insight. */
  readonly xds?: Readonly<Record<string, TypeReceipt>>;
  /** Of what a zone sent: the version that it had there; no part of the insight. */
  readonly synced?: { readonly version: string };
  /** What it refuses; no part of the insight. */
  readonly refusals?: readonly ProxyRefusal[];
  readonly [field: string]: unknown;
}

interface Observation {
  readonly instance: string;
  readonly proxy: ObservedProxyKey;
  readonly value: ObservedProxy;
}

/** What was observed of one proxy. */
interface Observed {
  readonly key: ObservedProxyKey;
  /** The bucket keys that speak of it. */
  readonly keys: Set<string>;
}

/** A proxy that something was observed of. */
export interface ObservedProxyKey {
  /** Empty for zone proxies. */
  readonly mesh: string;
  readonly name: string;
  /** Absent: a Dataplane. */
  readonly type?: ObservedZoneProxy;
}

/** Zone proxies, by the type of their resource. */
export type ObservedZoneProxy = 'ZoneIngress' | 'ZoneEgress';

/** Is told of which proxy something was observed; undefined where it may be any. */
export type ObservationListener = (proxy: ObservedProxyKey | undefined) => void;

const SUBSCRIPTIONS_KEPT = 2;

/** Zones write under this: they say themselves which of their proxies are connected. */
const ZONE_WRITER = 'zone/';

/**
 * What xds-servers observe of proxies, merged at read and never stored. An instance that no longer renews its entry is
 * gone, and with it every connection that it held: its subscriptions show as disconnected.
 */
export class ObservedState {
  readonly #clock: Clock;
  /** By bucket key. */
  readonly #observations = new Map<string, Observation>();
  /** By {@link idOf}. */
  readonly #byProxy = new Map<string, Observed>();
  readonly #refusals = new PolicyRefusals();
  readonly #alive = new Set<string>();
  /** When an instance was last seen to vanish, RFC 3339. */
  readonly #goneSince = new Map<string, string>();
  readonly #subscriptions: Subscription[] = [];
  readonly #listeners = new Set<ObservationListener>();
  readonly #receiptListeners = new Set<() => void>();
  /** By instance, up to where it has handed configs out. */
  readonly #positions = new Map<string, Revision>();
  #changes = 0;

  /** Proxies that something is known of. */
  get size(): number {
    return this.#byProxy.size;
  }

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches the buckets; resolves once what is there now was read. */
  static async start(bus: Bus, clock: Clock): Promise<ObservedState> {
    const state = new ObservedState(clock);
    const instances = await bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
    const observed = await bus.bucket(BUCKETS.observed.name);
    state.#subscriptions.push(await instances.watch(({ key, value }) => state.#onInstance(key, value)));
    state.#subscriptions.push(await observed.watch(({ key, value }) => state.#onObservation(key, value)));
    return state;
  }

  /** The insight of one proxy in the form of a resource; undefined where nobody saw the proxy. */
  insight(mesh: string, name: string, type?: ObservedZoneProxy): Resource | undefined {
    const found = this.#byProxy.get(idOf({ mesh, name, ...(type !== undefined && { type }) }));
    return found === undefined ? undefined : this.#merge(found.key, this.#observationsOf(found));
  }

  /** Every insight of Dataplanes, of one mesh or of all, sorted by mesh, then name; with a type, those of zone proxies. */
  insights(mesh?: string, type?: ObservedZoneProxy): readonly Resource[] {
    return this.#sorted().flatMap((found) => (found.key.type === type && (mesh === undefined || found.key.mesh === mesh) ? [this.#merge(found.key, this.#observationsOf(found))] : []));
  }

  /** Whether some live xds-server holds a connection of the proxy. */
  isConnected(mesh: string, name: string, type?: ObservedZoneProxy): boolean {
    const insight = this.insight(mesh, name, type)?.spec as ObservedProxy | undefined;
    return (insight?.subscriptions ?? []).some(isOpen);
  }

  /** The living xds-server that holds a connection of the proxy; undefined where none does. */
  serverOf(mesh: string, name: string, type?: ObservedZoneProxy): string | undefined {
    const observations = this.#observationsOf(this.#byProxy.get(idOf({ mesh, name, ...(type !== undefined && { type }) })));
    return newestOf(observations.filter(({ instance, value }) => this.#alive.has(instance) && (value.subscriptions ?? []).some(isOpen)))?.instance;
  }

  /** Every proxy that something was observed of. */
  proxies(): readonly ObservedProxyKey[] {
    return [...this.#byProxy.values()].map(({ key }) => key);
  }

  /** When the proxy's last connection ended, in milliseconds since the Unix epoch; undefined where it has one, or never had. */
  offlineSince({ mesh, name, type }: ObservedProxyKey): number | undefined {
    const { subscriptions = [] } = (this.insight(mesh, name, type)?.spec ?? {}) as ObservedProxy;
    const ends = subscriptions.map(({ disconnectTime }) => Date.parse(disconnectTime ?? ''));
    return ends.length === 0 || ends.some(Number.isNaN) ? undefined : Math.max(...ends);
  }

  /** What connected proxies refuse of what a policy contributed to, sorted by proxy. */
  refusalsOf(policy: ResourceKey): readonly PolicyRefusal[] {
    return this.#refusals.of(policy).filter(({ mesh, dataplane, server }) => this.serverOf(mesh, dataplane) === server);
  }

  /** What one writer said of proxies; `version` where it is a zone's. */
  writtenBy(writer: string): readonly (ObservedProxyKey & { readonly version: string })[] {
    return [...this.#observations.values()].flatMap(({ instance, proxy, value }) => (instance === writer ? [{ ...proxy, version: value.synced?.version ?? '' }] : []));
  }

  /** The xds-servers that live. */
  get servers(): readonly string[] {
    return [...this.#alive].sort(compareText);
  }

  /** Where every Dataplane's proxy that was seen stands, of one mesh or of all, sorted by mesh, then name. */
  syncs(mesh?: string): readonly ProxySync[] {
    return this.#sorted().flatMap((found) => {
      const { key } = found;
      const newest = newestOf(this.#observationsOf(found));
      if (newest === undefined || key.type !== undefined || (mesh !== undefined && key.mesh !== mesh)) return [];
      const zone = newest.instance.startsWith(ZONE_WRITER) ? newest.instance.slice(ZONE_WRITER.length) : undefined;
      return proxySync({ mesh: key.mesh, name: key.name, ...(zone !== undefined && { zone }) }, this.isConnected(key.mesh, key.name), newest.value.xds ?? {});
    });
  }

  /** Where one proxy stands with each xDS type; empty where nobody saw it. */
  receipts(proxy: ObservedProxyKey): Readonly<Record<string, TypeReceipt>> {
    return newestOf(this.#observationsOf(this.#byProxy.get(idOf(proxy))))?.value.xds ?? {};
  }

  /** Up to where each living xds-server has handed configs out; undefined before its first. */
  positions(): readonly (Revision | undefined)[] {
    return [...this.#alive].map((instance) => this.#positions.get(instance));
  }

  /** Grows with everything that {@link ObservedState.onReceipt} tells of. */
  get changes(): number {
    return this.#changes;
  }

  /** Calls back after any proxy's state or any xds-server's position changed. */
  onReceipt(listener: () => void): () => void {
    this.#receiptListeners.add(listener);
    return () => this.#receiptListeners.delete(listener);
  }

  /** What derived resources are made from. */
  ofProxy(mesh: string, name: string): { readonly connected: boolean; readonly issuedBackend: string | undefined } {
    const spec = this.insight(mesh, name)?.spec as (ObservedProxy & { readonly mTLS?: { readonly issuedBackend?: string } }) | undefined;
    return { connected: (spec?.subscriptions ?? []).some(isOpen), issuedBackend: spec?.mTLS?.issuedBackend };
  }

  /** Calls back after anything was observed: of one proxy, or, without an argument, perhaps of all. */
  onChange(listener: ObservationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops watching. */
  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
  }

  #onInstance(key: string, value: Json | undefined): void {
    const [app, instance = ''] = partsOf(key);
    if (app !== 'xds-server') return;
    if (value === undefined) {
      this.#alive.delete(instance);
      this.#goneSince.set(instance, new Date(this.#clock.now()).toISOString());
    } else {
      // It renews its entry every few seconds: that alone is no news.
      if (this.#alive.has(instance)) return;
      this.#alive.add(instance);
      this.#goneSince.delete(instance);
    }
    this.#tell();
  }

  #onObservation(key: string, value: Json | undefined): void {
    const [instance = '', mesh = '', name = '', type] = partsOf(key);
    if (mesh === '' && name === '') return this.#takePosition(instance, value);
    const proxy = proxyOf({ mesh, name, type });
    if (proxy === undefined) return;
    const id = idOf(proxy);
    const known = this.#byProxy.get(id) ?? { key: proxy, keys: new Set<string>() };
    const observed = value as unknown as ObservedProxy | undefined;
    if (proxy.type === undefined) this.#refusals.set(key, { server: instance, mesh, dataplane: name }, observed?.refusals ?? []);
    if (observed === undefined) {
      this.#observations.delete(key);
      known.keys.delete(key);
      if (known.keys.size === 0) this.#byProxy.delete(id);
      return this.#tell(proxy);
    }
    this.#observations.set(key, { instance, proxy, value: observed });
    known.keys.add(key);
    this.#byProxy.set(id, known);
    this.#tell(proxy);
  }

  #sorted(): readonly Observed[] {
    return [...this.#byProxy].sort(([a], [b]) => compareText(a, b)).map(([, found]) => found);
  }

  #observationsOf(found: Observed | undefined): readonly Observation[] {
    return [...(found?.keys ?? [])].flatMap((key) => this.#observations.get(key) ?? []);
  }

  #takePosition(instance: string, value: Json | undefined): void {
    const text = (value as { readonly revision?: unknown } | undefined)?.revision;
    const position = typeof text === 'string' ? parseRevision(text) : undefined;
    if (position === undefined) this.#positions.delete(instance);
    else this.#positions.set(instance, position);
    this.#tellReceipts();
  }

  #tellReceipts(): void {
    this.#changes++;
    for (const listener of this.#receiptListeners) listener();
  }

  #tell(proxy?: ObservedProxyKey): void {
    this.#tellReceipts();
    for (const listener of this.#listeners) listener(proxy);
  }

  #merge({ type, mesh, name }: ObservedProxyKey, observations: readonly Observation[]): Resource {
    const subscriptions = observations
      .flatMap((observation) => (observation.value.subscriptions ?? []).map((one) => this.#asSeen(one, observation.instance)))
      .sort((a, b) => Number(isOpen(a)) - Number(isOpen(b)) || compareText(a.connectTime ?? '', b.connectTime ?? ''))
      .slice(-SUBSCRIPTIONS_KEPT);
    // What else an insight says (mTLS, metadata) is the newest connection's.
    const { xds: _receipts, refusals: _refusals, synced: _synced, ...newest } = newestOf(observations)?.value ?? {};
    const times = subscriptions.flatMap(({ connectTime, disconnectTime, status }) => [connectTime, disconnectTime, status?.lastUpdateTime]).filter((time) => time !== undefined).sort(compareText);
    return {
      type: `${type ?? 'Dataplane'}Insight`,
      mesh,
      name,
      labels: {},
      creationTime: times[0] ?? '',
      modificationTime: times.at(-1) ?? '',
      version: 0,
      spec: { ...newest, subscriptions },
    };
  }

  #asSeen(subscription: DiscoverySubscription, instance: string): DiscoverySubscription {
    if (!isOpen(subscription) || this.#alive.has(instance) || instance.startsWith(ZONE_WRITER)) return subscription;
    const at = this.#goneSince.get(instance) ?? subscription.status?.lastUpdateTime ?? subscription.connectTime;
    return at === undefined ? subscription : { ...subscription, disconnectTime: at };
  }
}

function isOpen({ connectTime, disconnectTime }: DiscoverySubscription): boolean {
  return connectTime !== undefined && disconnectTime === undefined;
}

/** What the server of the newest connection says. */
function newestOf(observations: readonly Observation[]): Observation | undefined {
  return [...observations].sort((a, b) => compareText(lastConnect(a), lastConnect(b))).at(-1);
}

function lastConnect({ value }: Observation): string {
  return (value.subscriptions ?? []).map(({ connectTime = '' }) => connectTime).sort(compareText).at(-1) ?? '';
}

/** Dataplanes have no type in their keys, and belong to a mesh; zone proxies are the other way round. */
function proxyOf({ mesh, name, type }: { readonly mesh: string; readonly name: string; readonly type: string | undefined }): ObservedProxyKey | undefined {
  if (name === '') return undefined;
  if (mesh !== '') return type === undefined ? { mesh, name } : undefined;
  return type === 'ZoneIngress' || type === 'ZoneEgress' ? { mesh, name, type } : undefined;
}

function idOf({ mesh, name, type }: ObservedProxyKey): string {
  return type === undefined ? `${mesh}/${name}` : `/${type}/${name}`;
}

// A key that nobody of ours wrote says nothing.
function partsOf(key: string): readonly string[] {
  try {
    return parseBucketKey(key);
  } catch {
    return [];
  }
}
