import { FLAGS, RCODES, rcodeOf } from './read-query.ts';
import { readMessage, RECORD_TYPES, type WireMessage, type WireRecord } from './wire-message.ts';

/** An answer of the world, and what time does to it. */
export interface WorldAnswer {
  /** As the resolver sent it, without what it said about EDNS: that is between two neighbours. */
  readonly message: Buffer;
  readonly ttls: readonly { readonly at: number; readonly ttl: number }[];
  /** Seconds for which it may be kept; 0 for not at all. */
  readonly lifetime: number;
  /** Whether it says that a name has records, or that it has none. Else the resolver could not help. */
  readonly isHelpful: boolean;
}

/** Longest that an answer is kept, in seconds; what is not there is asked for again sooner (RFC 2308). */
const LONGEST = 86_400;
const LONGEST_NEGATIVE = 3600;

/** Reads what a resolver sent; undefined where it is no DNS. */
export function readWorldAnswer(bytes: Buffer): WorldAnswer | undefined {
  const read = readMessage(bytes);
  if (read === undefined) return undefined;
  const option = read.records.findIndex(({ type }) => type === RECORD_TYPES.OPT);
  const records = option === -1 ? read.records : read.records.slice(0, option);
  // Records after the option are additional, and so can be done without.
  const message = Buffer.from(option === -1 ? bytes : bytes.subarray(0, read.records[option]?.start));
  message.writeUInt16BE(records.filter(({ section }) => section === 'additional').length, 10);
  const code = rcodeOf(read);
  const isHelpful = (code === RCODES.NOERROR || code === RCODES.NXDOMAIN) && (read.flags & FLAGS.truncated) === 0;
  return { message, ttls: records.map(({ ttlAt, ttl }) => ({ at: ttlAt, ttl: saneTtl(ttl) })), lifetime: isHelpful ? lifetimeOf(read, code, bytes) : 0, isHelpful };
}

function lifetimeOf({ question, records }: WireMessage, code: number, bytes: Buffer): number {
  const answers = records.filter(({ section }) => section === 'answer');
  const hasType = answers.some(({ type }) => type === question?.type || question?.type === RECORD_TYPES.ANY);
  if (code === RCODES.NOERROR && hasType) return Math.min(LONGEST, ...answers.map(({ ttl }) => saneTtl(ttl)));
  const soa = records.find(({ section, type }) => section === 'authority' && type === RECORD_TYPES.SOA);
  return soa === undefined ? 0 : Math.min(LONGEST_NEGATIVE, saneTtl(soa.ttl), minimumOf(soa, bytes), ...answers.map(({ ttl }) => saneTtl(ttl)));
}

/** The last field of a SOA record. */
function minimumOf({ dataAt, end }: WireRecord, bytes: Buffer): number {
  return end - dataAt >= 22 ? saneTtl(bytes.readUInt32BE(end - 4)) : 0;
}

/** RFC 2181: a value with the highest bit set is 0. */
function saneTtl(ttl: number): number {
  return ttl > 0x7fff_ffff ? 0 : ttl;
}

/** An answer in the cache. Times in ms. */
export interface CachedAnswer extends WorldAnswer {
  readonly storedAt: number;
  /** While it is stale and resolvers are away, they are not asked again before. */
  recheckAt: number;
}

/** How much is kept. */
export interface CacheLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** What an entry takes besides its message, roughly. */
const OVERHEAD_BYTES = 400;

/** Answers by question; what was used least recently goes when there is no more room. Pure. */
export class AnswerCache {
  readonly #limits: CacheLimits;
  readonly #entries = new Map<string, CachedAnswer>();
  #bytes = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): CachedAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  set(key: string, entry: CachedAnswer): void {
    this.#remove(key);
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry);
  }
}

function sizeOf(key: string, { message, ttls }: CachedAnswer): number {
  return OVERHEAD_BYTES + 2 * key.length + message.length + 32 * ttls.length;
}
