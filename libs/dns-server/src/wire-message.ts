/** Bytes before the question of a DNS message (RFC 1035). */
export const HEADER_BYTES = 12;
/** Types of records that are treated in a way of their own. */
export const RECORD_TYPES = { A: 1, SOA: 6, AAAA: 28, OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;

const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;
const POINTER = 0xc0;
const RECORD_FIELDS = 10;

/** The question of a message. */
export interface WireQuestion {
  /** In lower case without the last dot; a byte of a label that is no plain character stands as `\ddd`, so that dots only part labels. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Where it ends; it begins after the header. */
  readonly end: number;
}

/** Where a record lies in its message. */
export interface WireRecord {
  readonly section: 'answer' | 'authority' | 'additional';
  readonly start: number;
  readonly type: number;
  readonly class: number;
  readonly ttlAt: number;
  readonly ttl: number;
  readonly dataAt: number;
  readonly end: number;
}

/** What can be said of a message without a copy of it. */
export interface WireMessage {
  readonly id: number;
  /** The second 16 bits of the header. */
  readonly flags: number;
  /** Absent where the message has none; of several only the first is read. */
  readonly question: WireQuestion | undefined;
  readonly questions: number;
  readonly records: readonly WireRecord[];
}

/** Walks through a message as it came. Undefined where it is cut off or breaks RFC 1035. Never throws. */
export function readMessage(bytes: Buffer): WireMessage | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const questions = bytes.readUInt16BE(4);
  let at = HEADER_BYTES;
  let question: WireQuestion | undefined;
  for (let index = 0; index < questions; index++) {
    const read = readQuestion(bytes, at);
    if (read === undefined) return undefined;
    question ??= read;
    at = read.end;
  }
  const records = readRecords(bytes, at);
  return records === undefined ? undefined : { id: bytes.readUInt16BE(0), flags: bytes.readUInt16BE(2), question, questions, records };
}

function readRecords(bytes: Buffer, start: number): readonly WireRecord[] | undefined {
  const records: WireRecord[] = [];
  let at = start;
  for (const [section, countAt] of [['answer', 6], ['authority', 8], ['additional', 10]] as const) {
    for (let left = bytes.readUInt16BE(countAt); left > 0; left--) {
      const record = readRecord(bytes, at, section);
      if (record === undefined) return undefined;
      records.push(record);
      at = record.end;
    }
  }
  return records;
}

function readRecord(bytes: Buffer, start: number, section: WireRecord['section']): WireRecord | undefined {
  const at = nameEnd(bytes, start);
  if (at === undefined || at + RECORD_FIELDS > bytes.length) return undefined;
  const dataAt = at + RECORD_FIELDS;
  const end = dataAt + bytes.readUInt16BE(at + 8);
  if (end > bytes.length) return undefined;
  return { section, start, type: bytes.readUInt16BE(at), class: bytes.readUInt16BE(at + 2), ttlAt: at + 4, ttl: bytes.readUInt32BE(at + 4), dataAt, end };
}

/** Where a name ends. Pointers are not followed: whoever shows the name does that. */
export function nameEnd(bytes: Buffer, start: number): number | undefined {
  for (let at = start; at - start < LONGEST_NAME;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return at + 1;
    if ((length & POINTER) === POINTER) return at + 2 <= bytes.length ? at + 2 : undefined;
    if (length > LONGEST_LABEL) return undefined;
    at += 1 + length;
  }
  return undefined;
}

/** A question holds no pointers: nothing stands before it to which they could lead. */
function readQuestion(bytes: Buffer, start: number): WireQuestion | undefined {
  const labels: string[] = [];
  let at = start;
  for (let length = bytes[at]; length !== 0; length = bytes[at]) {
    if (length === undefined || length > LONGEST_LABEL || at + length - start >= LONGEST_NAME - 1) return undefined;
    labels.push(labelText(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const end = at + 5;
  return end > bytes.length ? undefined : { name: labels.join('.'), type: bytes.readUInt16BE(at + 1), class: bytes.readUInt16BE(at + 3), end };
}

function labelText(label: Buffer): string {
  return label.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[^-a-z0-9_]/g, (char) => `\\${String(char.charCodeAt(0)).padStart(3, '0')}`);
}
