import type { Json } from '@weft/kernel';
import { formatRevision, type Revision } from '@weft/resource-model';
import { XDS_TYPES, type XdsType } from '@weft/xds-core';

/**
 * Where a proxy stands with one xDS type. `SYNCED`: it accepted all that it was sent; `STALE`: its answer is awaited;
 * `NACK`: it refused something, and keeps what it had.
 */
export type ReceiptState = 'SYNCED' | 'STALE' | 'NACK';

/** Changed in place: receipts come in bursts from all proxies, and what is replaced each time outlives the young generation. */
interface Receipt {
  state: ReceiptState;
  /** Milliseconds since the Unix epoch. */
  since: number;
  /** Of the feed, when the last response was sent. */
  revision: Revision | undefined;
  /** Envoy's words. */
  message: string | undefined;
  /** As it was written last; undefined where it has changed since. */
  json: Json | undefined;
}

/** The receipts of one stream, by xDS type. A type that nothing was sent of has none. */
export class TypeReceipts {
  #receipts = new Map<XdsType, Receipt>();
  /** Since when each type is refused in the same words, however often it was sent again. */
  #refused = new Map<XdsType, { readonly message: string; readonly since: number }>();

  /** A stream begins. */
  reset(): void {
    this.#receipts = new Map();
    this.#refused = new Map();
  }

  sent(type: XdsType, now: number, revision: Revision | undefined): void {
    const before = this.#receipts.get(type);
    // Sending a refused resource again is no progress.
    this.#set(type, { state: 'STALE', since: before?.state === 'STALE' ? before.since : now, revision });
  }

  /** `refusing`: something else of the type is still refused, and its words stay. */
  acknowledged(type: XdsType, now: number, refusing: readonly [message: string] | undefined): void {
    if (refusing !== undefined) return this.rejected(type, now, refusing[0]);
    this.#refused.delete(type);
    this.#set(type, { state: 'SYNCED', since: now, revision: this.#receipts.get(type)?.revision });
  }

  rejected(type: XdsType, now: number, message: string): void {
    const before = this.#refused.get(type);
    const since = before?.message === message ? before.since : now;
    this.#refused.set(type, { message, since });
    this.#set(type, { state: 'NACK', since, revision: this.#receipts.get(type)?.revision, message });
  }

  /** By type: `{state, since (RFC 3339), revision?, message?}`. */
  toJson(): Json {
    const json: Record<string, Json> = {};
    for (const type of XDS_TYPES) {
      const receipt = this.#receipts.get(type);
      if (receipt !== undefined) json[type] = receipt.json ??= receiptJson(receipt);
    }
    return json;
  }

  #set(type: XdsType, { state, since, revision, message }: Pick<Receipt, 'state' | 'since' | 'revision'> & { readonly message?: string }): void {
    const receipt = this.#receipts.get(type);
    if (receipt === undefined) this.#receipts.set(type, { state, since, revision, message, json: undefined });
    else Object.assign(receipt, { state, since, revision, message, json: undefined });
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
