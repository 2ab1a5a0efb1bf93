import { randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { ProxyConfig } from '@weft/config-pipeline';
import { equalData, type Json } from '@weft/kernel';
import type { XdsType } from '@weft/xds-core';
import { isCompatibleAgent, type Revision } from '@weft/resource-model';
import type { LeafFacts } from '../leaf/identity-slot.ts';
import { Refusals } from '../refusals/refusals.ts';
import { TypeReceipts } from './type-receipts.ts';

interface Counters {
  sent: number;
  acknowledged: number;
  rejected: number;
}

/** Types that a subscription's status counts one by one; secrets count in the total only, as in Kuma 2.14. */
const COUNTED = ['cds', 'eds', 'lds', 'rds'] as const;

/** So many refusals are kept, newest last. */
const NACKS_KEPT = 10;

/** One connection of a proxy. */
interface SubscriptionState {
  readonly id: string;
  readonly connectTime: number;
  disconnectTime: number | undefined;
  lastUpdateTime: number | undefined;
  readonly total: Counters;
  readonly types: Readonly<Record<(typeof COUNTED)[number], Counters>>;
  readonly version: JsonValue | undefined;
}

/** What is observed of one proxy, in the form of a DataplaneInsight: at most two connections, counters, refusals, leaf. */
export class ProxyInsight {
  readonly #instance: string;
  #subscriptions: SubscriptionState[] = [];
  #nacks: { readonly type: string; readonly message: string; readonly time: string }[] = [];
  #metadata: JsonObject = {};
  #problems: ProxyConfig['problems'] = [];
  readonly #receipts = new TypeReceipts();
  /** What the proxy refuses now. */
  readonly refusals = new Refusals();

  constructor(instance: string) {
    this.#instance = instance;
  }

  connected(metadata: JsonObject, now: number): void {
    this.#metadata = metadata;
    this.#receipts.reset();
    this.refusals.reset();
    const zero = (): Counters => ({ sent: 0, acknowledged: 0, rejected: 0 });
    this.#end(now);
    this.#subscriptions = [...this.#subscriptions.slice(-1), {
      id: randomUUID(), connectTime: now, disconnectTime: undefined, lastUpdateTime: undefined, total: zero(),
      types: { cds: zero(), eds: zero(), lds: zero(), rds: zero() }, version: ratedVersion(metadata['version']),
    }];
  }

  disconnected(now: number): void {
    this.#end(now);
  }

  /** `revision`: what the feed had come to. */
  sent(type: XdsType, now: number, revision?: Revision): void {
    this.#receipts.sent(type, now, revision);
    this.#count(type, 'sent', now);
  }

  /** `refusing`: the proxy still refuses something else of the type. */
  acknowledged(type: XdsType, now: number, refusing = false): void {
    const message = refusing ? this.#nacks.findLast((nack) => nack.type === type)?.message ?? '' : undefined;
    this.#receipts.acknowledged(type, now, message === undefined ? undefined : [message]);
    this.#count(type, 'acknowledged', now);
  }

  /** `message` is Envoy's own. */
  rejected(type: XdsType, message: string, now: number): void {
    this.#receipts.rejected(type, now, message);
    this.#count(type, 'rejected', now);
    this.#nacks = [...this.#nacks, { type, message, time: new Date(now).toISOString() }].slice(-NACKS_KEPT);
  }

  /** What could not be built as asked. True where that is news. */
  built(problems: ProxyConfig['problems'], now: number): boolean {
    if (problems === this.#problems || equalData(problems, this.#problems)) return false;
    this.refusals.built(problems, now);
    this.#problems = problems;
    return true;
  }

  /** As it goes to the bucket of observed state. */
  toJson(leaf: LeafFacts | undefined): Json {
    const refusals = this.refusals.toJson();
    return {
      subscriptions: this.#subscriptions.map((subscription) => this.#subscriptionJson(subscription)),
      ...(leaf !== undefined && { mTLS: leafJson(leaf) }),
      metadata: this.#metadata as Json,
      ...(this.#nacks.length > 0 && { nacks: this.#nacks }),
      ...(this.#problems.length > 0 && { problems: this.#problems.map(({ resource, reason }) => ({ resource, reason })) }),
      xds: this.#receipts.toJson(),
      ...(refusals.length > 0 && { refusals }),
    };
  }

  #end(now: number): void {
    const last = this.#subscriptions.at(-1);
    if (last !== undefined) last.disconnectTime ??= now;
  }

  #count(type: XdsType, what: keyof Counters, now: number): void {
    const last = this.#subscriptions.at(-1);
    if (last === undefined) return;
    last.lastUpdateTime = now;
    last.total[what]++;
    if (type !== 'sds') last.types[type][what]++;
  }

  #subscriptionJson({ id, connectTime, disconnectTime, lastUpdateTime, total, types, version }: SubscriptionState): Json {
    return {
      id,
      controlPlaneInstanceId: this.#instance,
      connectTime: new Date(connectTime).toISOString(),
      ...(disconnectTime !== undefined && { disconnectTime: new Date(disconnectTime).toISOString() }),
      status: {
        ...(lastUpdateTime !== undefined && { lastUpdateTime: new Date(lastUpdateTime).toISOString() }),
        total: countersJson(total),
        ...Object.fromEntries(COUNTED.map((type) => [type, countersJson(types[type])])),
      },
      ...(version !== undefined && { version: version as Json }),
    };
  }
}

/** What the agent says of versions, and whether the agent fits this control plane. */
function ratedVersion(version: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(version) || !isObject(version['kumaDp'])) return version;
  const { kumaDp } = version;
  return { ...version, kumaDp: { ...kumaDp, kumaCpCompatible: isCompatibleAgent(typeof kumaDp['version'] === 'string' ? kumaDp['version'] : '') } };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** uint64 stands as text in JSON; zeros are left out, as protobuf does. */
function countersJson({ sent, acknowledged, rejected }: Counters): Json {
  return {
    ...(sent > 0 && { responsesSent: String(sent) }),
    ...(acknowledged > 0 && { responsesAcknowledged: String(acknowledged) }),
    ...(rejected > 0 && { responsesRejected: String(rejected) }),
  };
}

function leafJson({ notAfter, issuedAt, issued, backend }: LeafFacts): Json {
  return {
    certificateExpirationTime: new Date(notAfter).toISOString(),
    ...(issuedAt !== undefined && { lastCertificateRegeneration: new Date(issuedAt).toISOString() }),
    certificateRegenerations: issued,
    issuedBackend: backend,
    supportedBackends: [backend],
  };
}
