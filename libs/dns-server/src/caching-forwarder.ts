import type { Clock } from '@weft/kernel';
import { AnswerCache, readWorldAnswer, type CachedAnswer, type CacheLimits, type WorldAnswer } from './answer-cache.ts';
import type { Forwarder } from './dns-server.ts';
import { FLAGS, RCODES, type DnsQuery } from './read-query.ts';
import { withOption } from './responses.ts';
import type { NoAnswer, UpstreamQueries } from './upstream-queries.ts';
import { HEADER_BYTES } from './wire-message.ts';

/** What a forwarder works with. */
export interface CachingForwarderOptions {
  readonly upstream: Pick<UpstreamQueries, 'ask' | 'isOwn'>;
  readonly clock: Clock;
  /** Default: 10,000 answers, 16 MiB. */
  readonly cache?: CacheLimits;
  /** Queries that may wait at once, whatever they ask (default 10,000). */
  readonly mostWaiting?: number;
}

const CACHE_LIMITS: CacheLimits = { entries: 10_000, bytes: 16 * 1024 * 1024 };
const MOST_WAITING = 10_000;
/** RFC 8767: a client that could have an old answer waits no longer than this for a new one. */
const CLIENT_PATIENCE_MS = 1800;
/** RFC 8767: how long clients may keep an old answer, in seconds. */
const STALE_TTL = 30;
const LONGEST_STALE_MS = 86_400_000;
/** RFC 8767: after resolvers failed, old answers are given at once for so long. */
const RECHECK_MS = 30_000;

/**
 * Asks resolvers for names of the world and remembers what they say (RFC 2308), also past its time while they are away or slow
 * (RFC 8767). Equal questions that wait are asked once. An answer that does not fit UDP is fetched over TCP.
 */
export class CachingForwarder implements Forwarder {
  readonly #options: CachingForwarderOptions;
  readonly #cache: AnswerCache;
  readonly #open = new Map<string, Promise<WorldAnswer | NoAnswer>>();
  #waiting = 0;

  constructor(options: CachingForwarderOptions) {
    this.#options = options;
    this.#cache = new AnswerCache(options.cache ?? CACHE_LIMITS);
  }

  /** Answers kept, and questions that resolvers are asked now. */
  get sizes(): { readonly kept: number; readonly bytes: number; readonly open: number; readonly waiting: number } {
    return { kept: this.#cache.size, bytes: this.#cache.bytes, open: this.#open.size, waiting: this.#waiting };
  }

  isOwn(query: Buffer, sourcePort: number): boolean {
    return this.#options.upstream.isOwn(query, sourcePort);
  }

  async forward(query: DnsQuery): Promise<Buffer | NoAnswer> {
    const key = keyOf(query);
    const now = this.#options.clock.now();
    const known = this.#cache.get(key);
    const age = known === undefined ? 0 : now - known.storedAt;
    if (known !== undefined && age < known.lifetime * 1000) return render(known, query, (ttl) => Math.max(0, ttl - Math.floor(age / 1000)));
    const stale = known !== undefined && age < known.lifetime * 1000 + LONGEST_STALE_MS ? render(known, query, () => STALE_TTL) : undefined;
    if (stale !== undefined && known !== undefined && now < known.recheckAt) return stale;
    const outcome = await this.#wait(key, query, stale !== undefined);
    if (typeof outcome === 'string') return stale ?? outcome;
    return stale !== undefined && !outcome.isHelpful ? stale : render(outcome, query, (ttl) => ttl);
  }

  async #wait(key: string, query: DnsQuery, briefly: boolean): Promise<WorldAnswer | NoAnswer> {
    if (this.#waiting >= (this.#options.mostWaiting ?? MOST_WAITING)) return 'overload';
    this.#waiting += 1;
    try {
      const asked = this.#open.get(key) ?? this.#ask(key, query);
      return await (briefly ? this.#withPatience(asked) : asked);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #withPatience(asked: Promise<WorldAnswer | NoAnswer>): Promise<WorldAnswer | NoAnswer> {
    let cancel = (): void => undefined;
    const patience = new Promise<NoAnswer>((resolve) => { cancel = this.#options.clock.after(CLIENT_PATIENCE_MS, () => resolve('timeout')); });
    return Promise.race([asked, patience]).finally(cancel);
  }

  #ask(key: string, query: DnsQuery): Promise<WorldAnswer | NoAnswer> {
    const asked = this.#fetch(query).then((outcome) => {
      this.#keep(key, outcome);
      return outcome;
    }).finally(() => this.#open.delete(key));
    this.#open.set(key, asked);
    return asked;
  }

  #keep(key: string, outcome: WorldAnswer | NoAnswer): void {
    const now = this.#options.clock.now();
    if (typeof outcome !== 'string' && outcome.isHelpful) {
      if (outcome.lifetime > 0) this.#cache.set(key, { ...outcome, storedAt: now, recheckAt: 0 });
      return;
    }
    const known: CachedAnswer | undefined = this.#cache.get(key);
    if (known !== undefined) known.recheckAt = now + RECHECK_MS;
  }

  async #fetch(query: DnsQuery): Promise<WorldAnswer | NoAnswer> {
    const asked = withOption(questionOf(query), { dnssecOk: query.edns?.dnssecOk === true });
    const answer = await this.#fetchWhole(asked);
    // A resolver that does not know EDNS says so in one of these ways (RFC 6891).
    const knowsNoEdns = typeof answer !== 'string' && [RCODES.FORMERR, RCODES.NOTIMP].some((code) => (answer.readUInt16BE(2) & FLAGS.rcode) === code);
    const final = knowsNoEdns ? await this.#fetchWhole(questionOf(query)) : answer;
    return typeof final === 'string' ? final : readWorldAnswer(final) ?? 'timeout';
  }

  async #fetchWhole(asked: Buffer): Promise<Buffer | NoAnswer> {
    const { upstream } = this.#options;
    const answer = await upstream.ask(asked, 'udp');
    if (typeof answer === 'string' || (answer.readUInt16BE(2) & FLAGS.truncated) === 0) return answer;
    const whole = await upstream.ask(asked, 'tcp');
    return typeof whole === 'string' ? answer : whole;
  }
}

/** What an answer depends on. */
function keyOf({ question, flags, edns }: DnsQuery): string {
  return `${question.name} ${question.type} ${question.class} ${edns?.dnssecOk === true ? 'do' : ''}${(flags & FLAGS.checkingDisabled) !== 0 ? 'cd' : ''}`;
}

/** The query as this server asks it: nothing else of what the client sent goes on. */
function questionOf({ bytes, flags, question }: DnsQuery): Buffer {
  const asked = Buffer.from(Buffer.concat([Buffer.alloc(HEADER_BYTES), bytes.subarray(HEADER_BYTES, question.end)]));
  asked.writeUInt16BE(FLAGS.recursionDesired | (flags & FLAGS.checkingDisabled), 2);
  asked.writeUInt16BE(1, 4);
  return asked;
}

/** The answer to one client: its id and its way to write the name, and TTLs as they are now. */
function render({ message, ttls }: WorldAnswer, query: DnsQuery, age: (ttl: number) => number): Buffer {
  const bytes = Buffer.from(message);
  bytes.writeUInt16BE(query.id, 0);
  const ofWorld = bytes.readUInt16BE(2) & (FLAGS.rcode | FLAGS.truncated | FLAGS.authenticData);
  bytes.writeUInt16BE(FLAGS.response | FLAGS.recursionAvailable | ofWorld | (query.flags & (FLAGS.recursionDesired | FLAGS.checkingDisabled)), 2);
  // Equal names take the same place, however they are written.
  if (bytes.readUInt16BE(4) === 1) query.bytes.copy(bytes, HEADER_BYTES, HEADER_BYTES, query.question.end);
  for (const { at, ttl } of ttls) bytes.writeUInt32BE(age(ttl), at);
  return query.edns === undefined ? bytes : withOption(bytes, { dnssecOk: query.edns.dnssecOk });
}
