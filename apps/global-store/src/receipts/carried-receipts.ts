import type { Json } from '@weft/kernel';
import type { TypeReceipt } from './proxy-sync.ts';

type Receipts = Readonly<Record<string, TypeReceipt>>;

/** The key of a DataplaneInsight's metadata under which a zone of Weft tells where the proxy stands: Kuma's message has no field for it. */
const FIELD = 'weft.xds';

const XDS_TYPES = ['cds', 'eds', 'lds', 'rds', 'sds'] as const;
const STATES: readonly unknown[] = ['SYNCED', 'STALE', 'NACK'] satisfies TypeReceipt['state'][];

interface Counts {
  readonly responsesSent?: string;
  readonly responsesAcknowledged?: string;
  readonly responsesRejected?: string;
}

/** The parts of an insight that tell of receipts. */
interface InsightSpec {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly subscriptions?: readonly { readonly status?: { readonly lastUpdateTime?: string } & Readonly<Partial<Record<(typeof XDS_TYPES)[number], Counts>>> }[];
}

/** An insight's spec with receipts in it, for another control plane. */
export function withReceipts(spec: unknown, receipts: Receipts): unknown {
  const { metadata, ...rest } = spec as InsightSpec;
  return Object.keys(receipts).length === 0 ? spec : { ...rest, metadata: { ...metadata, [FIELD]: receipts } };
}

/** The inverse: an insight's spec, and the receipts that came in it or, from a stock zone, that its counts allow to know. */
export function takeReceipts(spec: unknown): { readonly spec: object; readonly receipts: Receipts } {
  const { metadata, ...rest } = spec as InsightSpec;
  if (metadata?.[FIELD] === undefined) return { spec: spec as object, receipts: fromCounts(rest) };
  const { [FIELD]: carried, ...others } = metadata;
  return { spec: { ...rest, metadata: others }, receipts: read(carried as Json) };
}

function read(carried: Json): Receipts {
  const given = (carried ?? {}) as Readonly<Record<string, Partial<TypeReceipt> | undefined>>;
  return Object.fromEntries(XDS_TYPES.flatMap((type) => {
    const { state, since, message } = given[type] ?? {};
    if (state === undefined || !STATES.includes(state) || typeof since !== 'string') return [];
    return [[type, { state, since, ...(typeof message === 'string' && { message }) }] as const];
  }));
}

/** Which of its answers were refusals, counts do not tell: only whether one is awaited. */
function fromCounts({ subscriptions = [] }: InsightSpec): Receipts {
  const status = subscriptions.at(-1)?.status;
  return Object.fromEntries(XDS_TYPES.flatMap((type) => {
    const { responsesSent = 0, responsesAcknowledged = 0, responsesRejected = 0 } = status?.[type] ?? {};
    const sent = Number(responsesSent);
    if (sent === 0) return [];
    return [[type, { state: Number(responsesAcknowledged) + Number(responsesRejected) < sent ? 'STALE' : 'SYNCED', since: status?.lastUpdateTime ?? '' }] as const];
  }));
}
