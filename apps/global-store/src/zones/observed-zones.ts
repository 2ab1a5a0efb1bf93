import { BUCKETS, bucketKey, parseBucketKey, type Bus, type Subscription } from '@weft/bus';
import { compareText, type Clock, type Json } from '@weft/kernel';
import type { Resource, ZoneInsightSpec, ZoneSpec } from '@weft/resource-model';
import { mergeTroubles } from './merge-insights.ts';

type KdsSubscription = NonNullable<ZoneInsightSpec['subscriptions']>[number];

/** Subscriptions that are shown. Source: Kuma 2.14. */
const SUBSCRIPTIONS_KEPT = 10;

/** Settings of {@link ObservedZones.start}. */
export interface ObservedZonesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** A zone that has checked its health, and not within this time (milliseconds), counts as offline; 0: streams alone decide. */
  readonly healthTimeoutMs: number;
}

/**
 * What the instances of kds-sync observe of zones, merged at read and never stored. An instance that is gone takes with it
 * the streams that it held: its subscriptions show as ended.
 */
export class ObservedZones {
  readonly #options: ObservedZonesOptions;
  /** By zone, then instance. */
  readonly #insights = new Map<string, Map<string, ZoneInsightSpec>>();
  readonly #alive = new Set<string>();
  readonly #goneSince = new Map<string, string>();
  /** By key of the insight, the time that its health check bears, and when that was heard of, by this clock. */
  readonly #healthy = new Map<string, { readonly time: string; readonly heardAt: number }>();
  readonly #subscriptions: Subscription[] = [];

  private constructor(options: ObservedZonesOptions) {
    this.#options = options;
  }

  /** Watches the buckets; resolves once what is there now was read. */
  static async start(options: ObservedZonesOptions): Promise<ObservedZones> {
    const zones = new ObservedZones(options);
    const instances = await options.bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
    const insights = await options.bus.bucket(BUCKETS.zoneInsights.name);
    zones.#subscriptions.push(await instances.watch(({ key, value }) => zones.#onInstance(key, value)));
    zones.#subscriptions.push(await insights.watch(({ key, value }) => zones.#onInsight(key, value)));
    return zones;
  }

  /** The insight of one zone; undefined where nobody saw it. */
  insight(name: string): Resource<ZoneInsightSpec> | undefined {
    const seen = this.#insights.get(name);
    if (seen === undefined) return undefined;
    const spec = this.#merge([...seen]);
    const times = (spec.subscriptions ?? []).flatMap(({ connectTime, disconnectTime }) => [connectTime, disconnectTime]).filter((time) => time !== undefined).sort(compareText);
    return { type: 'ZoneInsight', mesh: '', name, labels: {}, creationTime: times[0] ?? '', modificationTime: times.at(-1) ?? '', version: 0, spec };
  }

  /** Every insight, sorted by zone. */
  insights(): readonly Resource<ZoneInsightSpec>[] {
    return [...this.#insights.keys()].sort(compareText).flatMap((name) => this.insight(name) ?? []);
  }

  /** Whether a zone's control plane is connected and the zone takes part. */
  isOnline({ name, spec }: Pick<Resource, 'name' | 'spec'>): boolean {
    return (spec as ZoneSpec).enabled !== false && this.isConnected(name);
  }

  /** Whether a zone's control plane is connected. */
  isConnected(name: string): boolean {
    const spec = this.insight(name)?.spec;
    return spec !== undefined && (spec.subscriptions ?? []).some(isOpen) && !this.#isSilent(name);
  }

  /** Stops watching. */
  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
  }

  #isSilent(zone: string): boolean {
    const { clock, healthTimeoutMs } = this.#options;
    const heard = [...(this.#insights.get(zone)?.keys() ?? [])].flatMap((instance) => this.#healthy.get(bucketKey(zone, instance))?.heardAt ?? []);
    return healthTimeoutMs > 0 && heard.length > 0 && clock.now() - Math.max(...heard) > healthTimeoutMs;
  }

  /** What it bears is of another clock, which may be minutes away: only that it is another one counts. */
  #heard(key: string, time: string | undefined): void {
    if (time === undefined) this.#healthy.delete(key);
    else if (time !== this.#healthy.get(key)?.time) this.#healthy.set(key, { time, heardAt: this.#options.clock.now() });
  }

  #merge(seen: readonly (readonly [instance: string, spec: ZoneInsightSpec])[]): ZoneInsightSpec {
    const subscriptions = seen.flatMap(([instance, { subscriptions: all = [] }]) => all.map((one) => this.#asSeen(one, instance)));
    const sorted = subscriptions.sort((a, b) => Number(isOpen(a)) - Number(isOpen(b)) || compareText(a.connectTime ?? '', b.connectTime ?? ''));
    const live = seen.filter(([instance]) => this.#alive.has(instance)).map(([, spec]) => spec);
    const health = seen.map(([, { healthCheck }]) => healthCheck?.time ?? '').sort(compareText).at(-1) ?? '';
    const fields = (name: 'envoyAdminStreams' | 'kdsStreams'): object => Object.assign({}, ...live.map((spec) => spec[name])) as object;
    return {
      subscriptions: sorted.slice(-SUBSCRIPTIONS_KEPT),
      ...notEmpty('envoyAdminStreams', fields('envoyAdminStreams')),
      ...(health !== '' && { healthCheck: { time: health } }),
      ...notEmpty('kdsStreams', fields('kdsStreams')),
      ...mergeTroubles(seen.map(([, spec]) => spec), live),
    };
  }

  #asSeen(subscription: KdsSubscription, instance: string): KdsSubscription {
    if (!isOpen(subscription) || this.#alive.has(instance)) return subscription;
    const disconnectTime = this.#goneSince.get(instance) ?? (subscription.status as { readonly lastUpdateTime?: string } | undefined)?.lastUpdateTime ?? subscription.connectTime;
    return { ...subscription, ...(disconnectTime !== undefined && { disconnectTime }) };
  }

  #onInstance(key: string, value: Json | undefined): void {
    const [app, instance = ''] = parseBucketKey(key);
    if (app !== 'kds-sync') return;
    if (value !== undefined) this.#alive.add(instance);
    else if (this.#alive.delete(instance)) this.#goneSince.set(instance, new Date(this.#options.clock.now()).toISOString());
  }

  #onInsight(key: string, value: Json | undefined): void {
    const [zone = '', instance = ''] = parseBucketKey(key);
    const seen = this.#insights.get(zone) ?? new Map<string, ZoneInsightSpec>();
    if (value === undefined) seen.delete(instance);
    else seen.set(instance, value as unknown as ZoneInsightSpec);
    if (seen.size === 0) this.#insights.delete(zone);
    else this.#insights.set(zone, seen);
    this.#heard(key, (value as ZoneInsightSpec | undefined)?.healthCheck?.time);
  }
}

function isOpen({ connectTime, disconnectTime }: KdsSubscription): boolean {
  return connectTime !== undefined && disconnectTime === undefined;
}

function notEmpty(name: string, value: object): object {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}
