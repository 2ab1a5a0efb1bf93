import type { Json } from '@weft/kernel';
import { formatRevision, type Revision } from '@weft/resource-model';
import { XDS_TYPES, type XdsType } from '@weft/xds-core';

/**
 * Where a proxy stands with one xDS type. `SYNCED`: it accepted all that it was sent; `STALE`: its answer is awaited;
 * `NACK`: it refused something, and keeps what it had.
 */
export type ReceiptState = 'SYNCED' | 'STALE' | 'NACK';

interface Receipt {
  readonly state: ReceiptState;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  /** Of the feed, when the last response was sent. */
  readonly revision: Revision | undefined;
  /** Envoy's words. */
  readonly message?: string;
}

/** The receipts of one stream, by xDS type. A type that nothing was sent of has none. */
export class TypeReceipts {
  #receipts = new Map<XdsType, Receipt>();

  /** A stream begins. */
  reset(): void {
    this.#receipts = new Map();
  }

  sent(type: XdsType, now: number, revision: Revision | undefined): void {
    const before = this.#receipts.get(type);
    // Sending a refused resource again is no progress.
    const since = before?.state === 'STALE' ? before.since : now;
    this.#receipts.set(type, { state: 'STALE', since, revision });
  }

  /** `refusing`: something else of the type is still refused, and its words stay. */
  acknowledged(type: XdsType, now: number, refusing: readonly [message: string] | undefined): void {
    const revision = this.#receipts.get(type)?.revision;
    this.#receipts.set(type, refusing === undefined ? { state: 'SYNCED', since: now, revision } : { state: 'NACK', since: now, revision, message: refusing[0] });
  }

  rejected(type: XdsType, now: number, message: string): void {
    this.#receipts.set(type, { state: 'NACK', since: now, revision: this.#receipts.get(type)?.revision, message });
  }

  /** By type: `{state, since (RFC 3339), revision?, message?}`. */
  toJson(): Json {
    return Object.fromEntries(XDS_TYPES.flatMap((type) => {
      const receipt = this.#receipts.get(type);
      return receipt === undefined ? [] : [[type, receiptJson(receipt)]];
    }));
  }
}

function receiptJson({ state, since, revision, message }: Receipt): Json {
  return {
    state,
    since: new Date(since).toISOString(),
    ...(revision !== undefined && { revision: formatRevision(revision) }),
    ...(message !== undefined && { message }),
  };
}
