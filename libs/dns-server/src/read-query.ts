import { HEADER_BYTES, readMessage, RECORD_TYPES, type WireMessage, type WireQuestion } from './wire-message.ts';

/** Bits of the second 16 bits of a header (RFC 1035, RFC 4035). */
export const FLAGS = { response: 0x8000, opcode: 0x7800, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080, authenticData: 0x0020, checkingDisabled: 0x0010, rcode: 0x000f } as const;
/** Codes of answers (RFC 1035, RFC 6891). */
export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = keyof typeof RCODES;

const PLAIN_UDP_BYTES = 512;
const CLASS_IN = 1;
const DNSSEC_OK = 0x8000;

/** A question that somebody asks. */
export interface DnsQuery {
  /** The message as it came. */
  readonly bytes: Buffer;
  readonly id: number;
  readonly flags: number;
  readonly question: WireQuestion;
  /** Present where the client speaks EDNS. */
  readonly edns?: { readonly udpBytes: number; readonly dnssecOk: boolean };
}

/** What is to be done with a message that came in. */
export type ReadQuery =
  | { readonly kind: 'query'; readonly query: DnsQuery }
  /** Nothing is sent back: it is no query, or too short to have an answer. */
  | { readonly kind: 'ignore' }
  | { readonly kind: 'refuse'; readonly code: Rcode };

/** Reads a message of a client. Never throws, whatever comes. */
export function readQuery(bytes: Buffer): ReadQuery {
  if (bytes.length < HEADER_BYTES || (bytes.readUInt16BE(2) & FLAGS.response) !== 0) return { kind: 'ignore' };
  if ((bytes.readUInt16BE(2) & FLAGS.opcode) !== 0) return { kind: 'refuse', code: 'NOTIMP' };
  const message = readMessage(bytes);
  if (message?.question === undefined || message.questions !== 1) return { kind: 'refuse', code: 'FORMERR' };
  const { id, flags, question } = message;
  const options = message.records.filter(({ type }) => type === RECORD_TYPES.OPT);
  const [option] = options;
  if (options.length > 1) return { kind: 'refuse', code: 'FORMERR' };
  if (option !== undefined && versionOf(option.ttl) !== 0) return { kind: 'refuse', code: 'BADVERS' };
  if (!isServed(question)) return { kind: 'refuse', code: 'REFUSED' };
  const edns = option === undefined ? {} : { edns: { udpBytes: Math.max(PLAIN_UDP_BYTES, option.class), dnssecOk: (option.ttl & DNSSEC_OK) !== 0 } };
  return { kind: 'query', query: { bytes, id, flags, question, ...edns } };
}

/** How many bytes the client takes over UDP. */
export function udpLimit({ edns }: Pick<DnsQuery, 'edns'>): number {
  return edns?.udpBytes ?? PLAIN_UDP_BYTES;
}

/** The code of an answer with the upper bits that EDNS carries. */
export function rcodeOf({ flags, records }: Pick<WireMessage, 'flags' | 'records'>): number {
  const option = records.find(({ type }) => type === RECORD_TYPES.OPT);
  return (flags & FLAGS.rcode) | (option === undefined ? 0 : (option.ttl >>> 24) << 4);
}

function versionOf(ttl: number): number {
  return (ttl >>> 16) & 0xff;
}

/** Names of the internet are served; whole zones are not. */
function isServed(question: WireQuestion): boolean {
  const { type } = question;
  return (question.class === CLASS_IN || question.class === RECORD_TYPES.ANY) && type !== RECORD_TYPES.AXFR && type !== RECORD_TYPES.IXFR;
}
