import type { SyncNode } from '@weft/kds-core';
import { KUMA_VERSION, type ZoneInsightSpec } from '@weft/resource-model';
import { RefusedResources } from '../refused-resources.ts';

/** One subscription as ZoneInsight has it. */
export type SubscriptionSpec = NonNullable<ZoneInsightSpec['subscriptions']>[number];

/** What begins a subscription. Times are RFC 3339. */
export interface SubscriptionStart {
  readonly id: string;
  readonly globalInstance: string;
  readonly connectTime: string;
  readonly authTokenProvided: boolean;
}

interface TypeStat {
  sent: number;
  acknowledged: number;
  rejected: number;
}

/** What one GlobalToZoneSync stream has come to: a subscription of the zone, as ZoneInsight tells of it. */
export class KdsSubscription {
  readonly #start: SubscriptionStart;
  readonly #stats = new Map<string, TypeStat>();
  readonly #nacks = new RefusedResources();
  #node: SyncNode | undefined;
  #updated: string | undefined;
  #ended: string | undefined;

  constructor(start: SubscriptionStart) {
    this.#start = start;
  }

  /** What the zone says of itself with its first request. */
  describe(node: SyncNode | undefined): void {
    this.#node ??= node;
  }

  /** A response was sent, acknowledged or rejected. */
  count(type: string, what: keyof TypeStat, time: string): void {
    const stat = this.#stats.get(type) ?? { sent: 0, acknowledged: 0, rejected: 0 };
    this.#stats.set(type, stat);
    stat[what]++;
    this.#updated = time;
  }

  /** The zone refused these, for all that is known any of them. */
  refused(type: string, names: Iterable<string>, nack: { readonly time: string; readonly message: string }): void {
    this.#nacks.add(type, names, nack);
  }

  /** The zone refuses exactly these of a type: by wire name, why. */
  refusing(type: string, reasons: ReadonlyMap<string, string>, time: string): void {
    this.#nacks.set(type, reasons, time);
  }

  /** Wire names of a type that the zone refuses now. */
  refusedNames(type: string): ReadonlySet<string> {
    return this.#nacks.names(type);
  }

  /** The zone took these. */
  accepted(type: string, names: Iterable<string>): void {
    this.#nacks.remove(type, names);
  }

  /** The stream is over. */
  end(time: string): void {
    this.#ended ??= time;
  }

  /** As ZoneInsight has it; counts are text, as proto-JSON writes 64-bit integers. */
  toSpec(): SubscriptionSpec {
    const { id, globalInstance, connectTime, authTokenProvided } = this.#start;
    const { version, config, 'control-plane-id': zoneInstance } = this.#node?.metadata ?? {};
    const nacks = this.#nacks.toSpec();
    return {
      id, globalInstanceId: globalInstance, connectTime,
      ...(this.#ended !== undefined && { disconnectTime: this.#ended }),
      status: this.#status(),
      ...(version !== undefined && { version: withCompatibility(version) }),
      ...(typeof config === 'string' && config !== '' && { config }),
      ...(authTokenProvided && { authTokenProvided }),
      ...(typeof zoneInstance === 'string' && { zoneInstanceId: zoneInstance }),
      ...(nacks.length > 0 && { nacks: [...nacks] }),
    };
  }

  #status(): unknown {
    const total: TypeStat = { sent: 0, acknowledged: 0, rejected: 0 };
    for (const stat of this.#stats.values()) for (const what of ['sent', 'acknowledged', 'rejected'] as const) total[what] += stat[what];
    const stat = Object.fromEntries([...this.#stats].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, counted]) => [type, statSpec(counted)]));
    return { ...(this.#updated !== undefined && { lastUpdateTime: this.#updated }), total: statSpec(total), ...(this.#stats.size > 0 && { stat }) };
  }
}

function statSpec({ sent, acknowledged, rejected }: TypeStat): Readonly<Record<string, string>> {
  return {
    ...(sent > 0 && { responsesSent: String(sent) }),
    ...(acknowledged > 0 && { responsesAcknowledged: String(acknowledged) }),
    ...(rejected > 0 && { responsesRejected: String(rejected) }),
  };
}

/** Versions of the same major work together up to this far apart. Source: Kuma 2.14. */
const MINOR_DISTANCE = 2;

function withCompatibility(version: unknown): unknown {
  const { kumaCp } = version as { readonly kumaCp?: { readonly version?: string } };
  return kumaCp === undefined ? version : { ...(version as object), kumaCp: { ...kumaCp, kumaCpGlobalCompatible: isCompatibleZone(kumaCp.version ?? '') } };
}

/** Whether a zone control plane of a version works with this one; what cannot be read counts as compatible. */
export function isCompatibleZone(version: string): boolean {
  const [theirs, ours] = [partsOf(version), partsOf(KUMA_VERSION)];
  if (theirs === undefined || ours === undefined) return true;
  return theirs.major === ours.major && Math.abs(theirs.minor - ours.minor) <= MINOR_DISTANCE;
}

function partsOf(version: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)\.\d+/.exec(version) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}
