import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, TRUNCATED_RESPONSE, type Answer, type DecodedPacket, type Question } from 'dns-packet';
import { canonicalName, type NameTable } from './name-table.ts';

/** What is to be done with a message that came in. */
export type Verdict =
  | { readonly kind: 'answer'; readonly bytes: Buffer }
  /** The name is not ours. */
  | { readonly kind: 'forward' }
  /** No query: nothing is sent back. */
  | { readonly kind: 'ignore' };

/** Codes of RFC 1035. */
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NOTIMP: 4 } as const;
const PLAIN_UDP_BYTES = 512;
const HEADER_BYTES = 12;

/** Answers a query for a name of the table; `limit` is false over TCP. A known name without addresses of the asked type has an empty answer. Pure. */
export function answerQuery(bytes: Buffer, table: NameTable, limit: boolean): Verdict {
  if (bytes.length < HEADER_BYTES || ((bytes[2] ?? 0) & 0x80) !== 0) return { kind: 'ignore' };
  const query = decoded(bytes);
  if (query === undefined) return { kind: 'answer', bytes: failure(bytes, 'FORMERR') };
  if (query.opcode !== 'QUERY') return { kind: 'answer', bytes: failure(bytes, 'NOTIMP') };
  const [question] = query.questions ?? [];
  if (question === undefined) return { kind: 'answer', bytes: failure(bytes, 'FORMERR') };
  const addresses = table.addresses.get(canonicalName(question.name));
  if (addresses === undefined) return { kind: 'forward' };
  const answers = answersTo(question, addresses, table.ttl);
  const full = response(query, question, { answers, flags: 0 });
  return { kind: 'answer', bytes: limit && full.length > udpLimit(query) ? response(query, question, { answers: [], flags: TRUNCATED_RESPONSE }) : full };
}

/** An answer that says only why there is none. The question is repeated where it can be read. */
export function failure(query: Buffer, code: keyof typeof RCODES): Buffer {
  const packet = decoded(query);
  const desired = (query[2] ?? 0) & 0x01 ? RECURSION_DESIRED : 0;
  return encode({ type: 'response', id: query.readUInt16BE(0), flags: desired | RECURSION_AVAILABLE | RCODES[code], questions: packet?.questions ?? [] });
}

function decoded(bytes: Buffer): (DecodedPacket & { readonly opcode?: string }) | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function answersTo({ name, type }: Question, addresses: readonly string[], ttl: number): Answer[] {
  if (type !== 'A' && type !== 'AAAA') return [];
  return addresses.filter((address) => address.includes(':') === (type === 'AAAA')).map((data) => ({ name, type, ttl, data }));
}

function response(query: DecodedPacket, question: Question, { answers, flags }: { readonly answers: Answer[]; readonly flags: number }): Buffer {
  const opt = query.additionals?.some(({ type }) => type === 'OPT') === true;
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: flags | AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (query.flag_rd ? RECURSION_DESIRED : 0),
    questions: [question],
    answers,
    additionals: opt ? [{ type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }] : [],
  });
}

/** A client that takes more than 512 bytes over UDP says so (EDNS). */
function udpLimit(query: DecodedPacket): number {
  const opt = query.additionals?.find((record) => record.type === 'OPT');
  return opt?.type === 'OPT' ? Math.max(PLAIN_UDP_BYTES, opt.udpPayloadSize) : PLAIN_UDP_BYTES;
}
