/** What stands for an empty part: `=` alone is no escape sequence. */
const EMPTY = '=';

/**
 * One part of a bucket key or subject: letters, digits, `-` and `_` stand for themselves, every other UTF-8 byte
 * is `=` and two hex digits, and the empty string is `=`. So a part never holds a dot, a wildcard or a space.
 * Throws URIError on a lone surrogate, which no valid name holds.
 */
export function encodeKeyPart(part: string): string {
  if (part === '') return EMPTY;
  if (/^[\w-]+$/.test(part)) return part;
  const percent = encodeURIComponent(part).replace(/[.!~*'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return percent.replaceAll('%', '=');
}

/** The inverse of {@link encodeKeyPart}. */
export function decodeKeyPart(encoded: string): string {
  return encoded === EMPTY ? '' : decodeURIComponent(encoded.replaceAll('=', '%'));
}

/** Joins parts of any text to a key or subject: `bucketKey('Mesh', '', 'a.b')` is `Mesh.=.a=2Eb`. */
export function bucketKey(...parts: readonly string[]): string {
  return parts.map(encodeKeyPart).join('.');
}

/** The parts that {@link bucketKey} was given. */
export function parseBucketKey(key: string): readonly string[] {
  return key.split('.').map(decodeKeyPart);
}
