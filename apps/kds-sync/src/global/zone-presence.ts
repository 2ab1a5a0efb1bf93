import type { KdsStreamName } from '@weft/kds-transport';
import type { ZoneInsightSpec } from '@weft/resource-model';
import { IncidentList } from '../incident-list.ts';
import { RefusedResources } from '../refused-resources.ts';
import type { KdsSubscription, SubscriptionSpec } from './kds-subscription.ts';

/** Names that ZoneInsight gives the streams. */
const STREAM_FIELDS: Readonly<Record<KdsStreamName, string>> = { globalToZone: 'globalToZone', zoneToGlobal: 'zoneToGlobal', configDumps: 'configDump', stats: 'stats', clusters: 'clusters' };
const ADMIN_FIELDS: Readonly<Partial<Record<KdsStreamName, string>>> = { configDumps: 'configDumpGlobalInstanceId', stats: 'statsGlobalInstanceId', clusters: 'clustersGlobalInstanceId' };

/** Subscriptions that are kept. Source: Kuma 2.14. */
const SUBSCRIPTIONS_KEPT = 10;

/** What this instance knows of one zone's presence: the zone's ZoneInsight, as far as it was seen from here. */
export class ZonePresence {
  /** What went wrong with its connection. */
  readonly incidents = new IncidentList();
  /** What the global control plane refuses of what the zone made. */
  readonly refused = new RefusedResources();
  readonly #instance: string;
  /** Of earlier processes: nobody will change them. */
  readonly #earlier: readonly SubscriptionSpec[];
  readonly #subscriptions: KdsSubscription[] = [];
  readonly #streams = new Map<KdsStreamName, { readonly connectTime: string }>();
  #healthTime: string | undefined;
  #silentSince: string | undefined;

  constructor(instance: string, earlier: readonly SubscriptionSpec[]) {
    this.#instance = instance;
    this.#earlier = earlier;
  }

  /** A stream was opened; gives the way to say that it is over. A newer one of the same kind takes its place. */
  opened(name: KdsStreamName, connectTime: string): () => void {
    const stream = { connectTime };
    this.#streams.set(name, stream);
    return () => {
      if (this.#streams.get(name) === stream) this.#streams.delete(name);
    };
  }

  /** A stream was opened that this is about; so the zone lives. */
  subscribed(subscription: KdsSubscription): void {
    this.#silentSince = undefined;
    this.#subscriptions.push(subscription);
    if (this.#subscriptions.length > SUBSCRIPTIONS_KEPT) this.#subscriptions.shift();
  }

  /** The zone asked for its health. Time as RFC 3339. */
  healthChecked(time: string): void {
    this.#healthTime = time;
  }

  /** The zone gives no sign of life since then (RFC 3339), or does again. */
  silentSince(time: string | undefined): void {
    this.#silentSince = time;
  }

  /** As ZoneInsight has it. */
  toSpec(): ZoneInsightSpec {
    const subscriptions = [...this.#earlier, ...this.#subscriptions.map((one) => this.#asHeard(one.toSpec()))].slice(-SUBSCRIPTIONS_KEPT);
    const streams = [...this.#streams];
    const [incidents, refused] = [this.incidents.toSpec(), this.refused.toSpec()];
    const admin = streams.flatMap(([name]) => (ADMIN_FIELDS[name] === undefined ? [] : [[ADMIN_FIELDS[name], this.#instance] as const]));
    return {
      subscriptions,
      ...(admin.length > 0 && { envoyAdminStreams: Object.fromEntries(admin) }),
      ...(this.#healthTime !== undefined && { healthCheck: { time: this.#healthTime } }),
      ...(streams.length > 0 && { kdsStreams: Object.fromEntries(streams.map(([name, { connectTime }]) => [STREAM_FIELDS[name], { globalInstanceId: this.#instance, connectTime }])) }),
      ...(refused.length > 0 && { refused: [...refused] }),
      ...(incidents.length > 0 && { incidents: [...incidents] }),
    };
  }

  /** A silent zone counts as gone, though its streams are open. */
  #asHeard(subscription: SubscriptionSpec): SubscriptionSpec {
    return this.#silentSince === undefined ? subscription : { disconnectTime: this.#silentSince, ...subscription };
  }
}
