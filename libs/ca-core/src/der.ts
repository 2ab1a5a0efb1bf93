/** DER tags that X.509 needs (X.690). Context-specific tags are built with {@link contextTag}. */
export const TAG = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utf8String: 0x0c, utcTime: 0x17, generalizedTime: 0x18,
  sequence: 0x30, set: 0x31,
} as const;

/** The tag `[n]`, primitive or constructed. */
export function contextTag(n: number, constructed = false): number {
  return 0x80 | (constructed ? 0x20 : 0) | n;
}

/** One element: tag, length, and the parts as its content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = [tag, ...lengthOctets(length)];
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  let at = header.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A SEQUENCE of the parts. */
export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(TAG.sequence, ...parts);
}

/** An object identifier in dotted form, e.g. `2.5.29.17`. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.oid, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A non-negative INTEGER from its bytes, most significant first. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const significant = start === -1 ? Uint8Array.of(0) : bytes.subarray(start);
  const needsZero = (significant[0] ?? 0) >= 0x80;
  return element(TAG.integer, needsZero ? Uint8Array.of(0) : new Uint8Array(), significant);
}

/** A BIT STRING; `unusedBits` counts the padding bits in its last byte. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(TAG.bitString, Uint8Array.of(unusedBits), bytes);
}

/** Time as RFC 5280 §4.1.2.5 wants it: UTCTime until 2049, GeneralizedTime from 2050. Milliseconds are cut off. */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+Z$/g, '');
  return Number(digits.slice(0, 4)) < 2050 ? element(TAG.utcTime, ascii(`${digits.slice(2)}Z`)) : element(TAG.generalizedTime, ascii(`${digits}Z`));
}

/** Text whose characters are all below 128, as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0x7f);
}

/** The first element inside a constructed element, header included; undefined where the bytes are cut short. */
export function firstInside(bytes: Uint8Array): Uint8Array | undefined {
  const outer = header(bytes, 0);
  const inner = outer === undefined ? undefined : header(bytes, outer.content);
  if (inner === undefined || inner.end > bytes.length) return undefined;
  return bytes.subarray(inner.start, inner.end);
}

function header(bytes: Uint8Array, start: number): { readonly start: number; readonly content: number; readonly end: number } | undefined {
  const first = bytes[start + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start, content: start + 2, end: start + 2 + first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || start + 2 + count > bytes.length) return undefined;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + 2 + i] ?? 0);
  return { start, content: start + 2 + count, end: start + 2 + count + length };
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function base128(value: number): number[] {
  const groups = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift(0x80 | rest % 128);
  return groups;
}
