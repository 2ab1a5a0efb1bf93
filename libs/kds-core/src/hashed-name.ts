import { getTextEncoding } from '@bufbuild/protobuf/wire';

const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
/** The longest name (253), less a dash and 16 characters. */
const LONGEST_STEM = 236;

/**
 * The name of a resource in control planes other than its own: its name, and a hash of what makes it unique there.
 * `extra` are its zone and namespace, as far as it has them. Source: Kuma 2.14 (FNV-1a 64 of the plain concatenation,
 * each hex character mapped to one that spells no word).
 */
export function hashedName(mesh: string, name: string, extra: readonly string[] = []): string {
  const sum = fnv1a64([mesh, name, ...extra].join('')).toString(16).padStart(16, '0');
  const suffix = Array.from(sum, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('');
  return `${stemOf(name)}-${suffix}`;
}

function fnv1a64(text: string): bigint {
  let sum = OFFSET_BASIS;
  for (const byte of getTextEncoding().encodeUtf8(text)) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * PRIME);
  return sum;
}

/** Names are ASCII, so characters are bytes. */
function stemOf(name: string): string {
  return name.slice(0, LONGEST_STEM);
}
