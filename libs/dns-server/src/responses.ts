import { isIP, isIPv4 } from 'node:net';
import { encode, type Answer } from 'dns-packet';
import type { Lookup, Zone } from './name-index.ts';
import { FLAGS, RCODES, udpLimit, type DnsQuery, type Rcode } from './read-query.ts';
import { HEADER_BYTES, readMessage, RECORD_TYPES } from './wire-message.ts';

/** What this server takes over UDP without fragments (DNS flag day 2020). */
export const SAFE_UDP_BYTES = 1232;
/** A class and a TTL that EDNS uses for other things; a name of one byte, no data. */
const OPT_BYTES = 11;

/** Answers a question about a name that is ours, or says that nothing is known yet. */
export function localAnswer(query: DnsQuery, found: Exclude<Lookup, { kind: 'elsewhere' }>): Buffer {
  if (found.kind === 'unready') return failure(query.bytes, 'SERVFAIL');
  const { name, type } = query.question;
  const answers = found.kind === 'found' ? addressRecords(name, type, found) : [];
  if (name === found.zone.name && (type === RECORD_TYPES.SOA || type === RECORD_TYPES.ANY)) answers.push(soaOf(found.zone));
  const authorities = answers.length === 0 ? [soaOf(found.zone)] : [];
  const flags = FLAGS.authoritative | FLAGS.recursionAvailable | (found.kind === 'absent' ? RCODES.NXDOMAIN : RCODES.NOERROR);
  return response(query, { flags, answers, authorities });
}

function addressRecords(name: string, type: number, { addresses, ttl }: Extract<Lookup, { kind: 'found' }>): Answer[] {
  return addresses.filter((address) => isIP(address) !== 0).map((data): Answer => ({ name, type: isIPv4(data) ? 'A' : 'AAAA', ttl, data }))
    .filter((record) => type === RECORD_TYPES.ANY || RECORD_TYPES[record.type as 'A' | 'AAAA'] === type);
}

/** Its serial never changes: zones are not transferred, and replicas agree. */
function soaOf({ name, negativeTtl }: Zone): Answer {
  return { type: 'SOA', name, ttl: negativeTtl, data: { mname: `ns.${name}`, rname: `hostmaster.${name}`, serial: 1, refresh: 3600, retry: 600, expire: 86_400, minimum: negativeTtl } };
}

interface ResponseParts {
  readonly flags: number;
  readonly answers: Answer[];
  readonly authorities: Answer[];
}

/** The question is repeated byte by byte, as the client wrote it. */
function response(query: DnsQuery, { flags, answers, authorities }: ResponseParts): Buffer {
  const encoded = encode({ type: 'response', id: query.id, flags: flags | (query.flags & (FLAGS.recursionDesired | FLAGS.checkingDisabled)), answers, authorities });
  const bytes = Buffer.concat([encoded.subarray(0, HEADER_BYTES), query.bytes.subarray(HEADER_BYTES, query.question.end), encoded.subarray(HEADER_BYTES)]);
  bytes.writeUInt16BE(1, 4);
  return query.edns === undefined ? bytes : withOption(bytes, { dnssecOk: query.edns.dnssecOk });
}

/** An answer that says only why there is none. The question is repeated where it can be read. `query` has a whole header. */
export function failure(query: Buffer, code: Rcode): Buffer {
  const question = readMessage(query)?.question;
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), query.subarray(HEADER_BYTES, question?.end ?? HEADER_BYTES)]);
  query.copy(bytes, 0, 0, 2);
  const kept = query.readUInt16BE(2) & (FLAGS.opcode | FLAGS.recursionDesired | FLAGS.checkingDisabled);
  bytes.writeUInt16BE(FLAGS.response | FLAGS.recursionAvailable | kept | (RCODES[code] & FLAGS.rcode), 2);
  bytes.writeUInt16BE(question === undefined ? 0 : 1, 4);
  return code === 'BADVERS' ? withOption(bytes, { extendedRcode: RCODES[code] >>> 4 }) : bytes;
}

/** Adds what says that this server speaks EDNS (RFC 6891). The message has no such record yet. */
export function withOption(message: Buffer, { dnssecOk = false, extendedRcode = 0 }: { readonly dnssecOk?: boolean; readonly extendedRcode?: number }): Buffer {
  const bytes = Buffer.concat([message, Buffer.alloc(OPT_BYTES)]);
  const at = message.length;
  bytes.writeUInt16BE(RECORD_TYPES.OPT, at + 1);
  bytes.writeUInt16BE(SAFE_UDP_BYTES, at + 3);
  bytes.writeUInt32BE(((extendedRcode << 24) | (dnssecOk ? 0x8000 : 0)) >>> 0, at + 5);
  bytes.writeUInt16BE(bytes.readUInt16BE(10) + 1, 10);
  return bytes;
}

/** The answer as it may go over UDP: what is larger than the client, or `most`, takes is cut to the question, with the sign to ask over TCP. */
export function fitUdp(answer: Buffer, query: DnsQuery, most: number): Buffer {
  if (answer.length <= Math.min(udpLimit(query), Math.max(most, 512))) return answer;
  const cut = Buffer.from(Buffer.concat([answer.subarray(0, HEADER_BYTES), query.bytes.subarray(HEADER_BYTES, query.question.end)]));
  cut.writeUInt16BE(answer.readUInt16BE(2) | FLAGS.truncated, 2);
  cut.writeUInt16BE(1, 4);
  cut.fill(0, 6, HEADER_BYTES);
  return query.edns === undefined ? cut : withOption(cut, { dnssecOk: query.edns.dnssecOk });
}
