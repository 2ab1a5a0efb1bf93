import { BUCKETS, bucketKey, parseBucketKey, type Bucket, type Bus } from '@weft/bus';
import { MeshError, type Cancel, type Clock, type Json } from '@weft/kernel';
import type { ZoneInsightSpec } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import type { SubscriptionSpec } from './kds-subscription.ts';
import { ZonePresence } from './zone-presence.ts';

/** Settings of {@link PresenceWriter}. */
export interface PresenceWriterOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instance: string;
}

/** By zone, entries that nobody keeps any more. */
type Left = Map<string, { readonly key: string; readonly spec: ZoneInsightSpec }[]>;

/** So long what changed may wait, in milliseconds: what comes meanwhile goes into the same write. */
const WAITS = { presence: 50, counts: 2_000 } as const;
/** How often an instance says that it lives. */
const HEARTBEAT_MS = 3_000;
const RETRY_MS = 1_000;

/**
 * Writes what is observed of zones into a bucket of the bus, one entry per zone and instance; what changes within a moment
 * goes out as one. A zone that comes back after a restart of this control plane keeps what earlier instances knew of it.
 */
export class PresenceWriter {
  readonly #options: PresenceWriterOptions;
  readonly #insights: Bucket;
  readonly #instances: Bucket;
  readonly #zones = new Map<string, ZonePresence>();
  /** By zone, what instances that are gone have left. */
  readonly #left: Left;
  readonly #dirty = new Map<string, { readonly due: number }>();
  #timer: Cancel = () => undefined;
  #timerDue = Infinity;
  #heartbeat: Cancel = () => undefined;
  #closed = false;

  private constructor(options: PresenceWriterOptions, buckets: { readonly insights: Bucket; readonly instances: Bucket }, left: Left) {
    this.#options = options;
    this.#insights = buckets.insights;
    this.#instances = buckets.instances;
    this.#left = left;
  }

  static async start(options: PresenceWriterOptions): Promise<PresenceWriter> {
    const insights = await options.bus.bucket(BUCKETS.zoneInsights.name);
    const instances = await options.bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
    const alive = new Set((await instances.entries()).filter(({ value }) => value !== undefined).map(({ key }) => key));
    const left: Left = new Map();
    for (const { key, value } of await insights.entries()) {
      const [zone = '', instance = ''] = parseBucketKey(key);
      if (alive.has(bucketKey('kds-sync', instance))) continue;
      left.set(zone, [...(left.get(zone) ?? []), { key, spec: value as ZoneInsightSpec }]);
    }
    const writer = new PresenceWriter(options, { insights, instances }, left);
    await writer.#beat();
    return writer;
  }

  /** The presence of a zone as seen from here. */
  of(zone: string): ZonePresence {
    const known = this.#zones.get(zone);
    if (known !== undefined) return known;
    const presence = new ZonePresence(this.#options.instance, this.#adopt(zone));
    this.#zones.set(zone, presence);
    return presence;
  }

  /** Something about a zone changed: who is there, or counts. */
  touch(zone: string, what: keyof typeof WAITS): void {
    const due = this.#options.clock.now() + WAITS[what];
    const before = this.#dirty.get(zone)?.due ?? Infinity;
    this.#dirty.set(zone, { due: Math.min(before, due) });
    this.#arm();
  }

  /** The Zone was deleted. */
  forget(zone: string): void {
    this.#zones.delete(zone);
    this.#dirty.delete(zone);
    this.#left.delete(zone);
    void this.#insights.delete(bucketKey(zone, this.#options.instance)).catch(() => undefined);
  }

  /** Writes the rest, and withdraws the instance. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer();
    this.#heartbeat();
    for (const zone of [...this.#dirty.keys()]) await this.#write(zone);
    await this.#instances.delete(bucketKey('kds-sync', this.#options.instance)).catch(() => undefined);
  }

  #adopt(zone: string): readonly SubscriptionSpec[] {
    const left = this.#left.get(zone) ?? [];
    this.#left.delete(zone);
    const now = new Date(this.#options.clock.now()).toISOString();
    for (const { key } of left) void this.#insights.delete(key).catch(() => undefined);
    return left
      .flatMap(({ spec }) => spec.subscriptions ?? [])
      .map((one) => (one.disconnectTime === undefined ? { ...one, disconnectTime: (one.status as { lastUpdateTime?: string } | undefined)?.lastUpdateTime ?? now } : one))
      .sort((a, b) => ((a.connectTime ?? '') < (b.connectTime ?? '') ? -1 : 1));
  }

  #arm(): void {
    const due = Math.min(...[...this.#dirty.values()].map((one) => one.due));
    if (this.#closed || due >= this.#timerDue || due === Infinity) return;
    this.#timer();
    this.#timerDue = due;
    this.#timer = this.#options.clock.after(Math.max(0, due - this.#options.clock.now()), () => {
      this.#timerDue = Infinity;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const now = this.#options.clock.now();
    await Promise.all([...this.#dirty].filter(([, { due }]) => due <= now).map(([zone]) => this.#write(zone)));
    this.#arm();
  }

  async #write(zone: string): Promise<void> {
    const { clock, instance, log } = this.#options;
    this.#dirty.delete(zone);
    try {
      await this.#insights.put(bucketKey(zone, instance), this.of(zone).toSpec() as unknown as Json);
    } catch (caught) {
      log.debug({ zone, error: MeshError.from(caught).message }, 'what is observed of a zone could not be written, it is tried again');
      if (!this.#dirty.has(zone)) this.#dirty.set(zone, { due: clock.now() + RETRY_MS });
      this.#arm();
    }
  }

  async #beat(): Promise<void> {
    const { clock, instance } = this.#options;
    await this.#instances.put(bucketKey('kds-sync', instance), { app: 'kds-sync', instance }).catch(() => undefined);
    if (!this.#closed) this.#heartbeat = clock.after(HEARTBEAT_MS, () => void this.#beat());
  }
}
