import { BUCKETS, bucketKey, type Bus, type Bucket, type SyncApply, type SyncPeer } from '@weft/bus';
import { decodeResource, fromZone, parseWireName } from '@weft/kds-core';
import type { Json } from '@weft/kernel';
import type { Resource, ResourceType } from '@weft/resource-model';
import type { ObservedState, ObservedZoneProxy } from '../observed/observed-state.ts';
import { takeReceipts } from '../receipts/carried-receipts.ts';
import { peerKey, peerName, storedKey } from './peer-resources.ts';
import type { SyncedPlan } from './synced-plan.ts';

/** Types of insights, with the part of the bucket's keys that tells them apart; none for Dataplanes. */
const INSIGHTS: ReadonlyMap<string, ObservedZoneProxy | undefined> = new Map([['DataplaneInsight', undefined], ['ZoneIngressInsight', 'ZoneIngress'], ['ZoneEgressInsight', 'ZoneEgress']]);

/** What zones say of their proxies: observed state at the global control plane as it is in the zone, neither durable nor on the feed. */
export class SyncedInsights {
  readonly #bucket: Bucket;
  readonly #observed: ObservedState;

  private constructor(bucket: Bucket, observed: ObservedState) {
    this.#bucket = bucket;
    this.#observed = observed;
  }

  /** Opens the bucket of observed state. */
  static async start(bus: Bus, observed: ObservedState): Promise<SyncedInsights> {
    return new SyncedInsights(await bus.bucket(BUCKETS.observed.name), observed);
  }

  /** Whether a type is observed state. */
  takes({ name }: ResourceType): boolean {
    return INSIGHTS.has(name);
  }

  /** Keeps insights of a zone. */
  async apply(type: ResourceType, { from, items, removed }: SyncApply): Promise<Pick<SyncedPlan, 'rejected'>> {
    if (from.side !== 'zone') return { rejected: [] };
    const rejected: { name: string; reason: string }[] = [];
    for (const { name, version, body } of items) {
      const decoded = decodeResource(type, Buffer.from(body, 'base64'));
      const read = decoded.ok ? fromZone(type, decoded.value, from) : decoded;
      if (!read.ok) rejected.push({ name, reason: read.error });
      else await this.#bucket.put(insightKey(from, read.value), observationOf(read.value, version));
    }
    for (const name of removed) await this.#bucket.delete(insightKey(from, storedKey(from, { type: type.name, ...parseWireName(name) })));
    return { rejected };
  }

  /** The Zone was deleted, and with it the proxies that these were about. */
  async forgetZone(zone: string): Promise<void> {
    const writer = peerKey({ side: 'zone', zone, hashedNames: true });
    await Promise.all(this.#observed.writtenBy(writer).map(({ mesh, name, type }) => this.#bucket.delete(bucketKey(writer, mesh, name, ...(type === undefined ? [] : [type])))));
  }

  /** The insights that are held from a zone, by wire name. */
  held({ name }: ResourceType, from: SyncPeer): readonly { readonly name: string; readonly version: string }[] {
    const of = this.#observed.writtenBy(peerKey(from)).filter(({ type }) => type === INSIGHTS.get(name));
    return of.map((proxy) => ({ name: peerName(from, proxy), version: proxy.version }));
  }
}

function observationOf({ spec }: Resource, version: string): Json {
  const taken = takeReceipts(spec);
  return { ...taken.spec, xds: taken.receipts, synced: { version } } as unknown as Json;
}

function insightKey(from: SyncPeer, { type, mesh, name }: Pick<Resource, 'type' | 'mesh' | 'name'>): string {
  const zoneProxy = INSIGHTS.get(type);
  return bucketKey(peerKey(from), mesh, name, ...(zoneProxy === undefined ? [] : [zoneProxy]));
}
