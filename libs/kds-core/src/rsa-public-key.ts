import { parsePem, toPem } from '@weft/ca-core';
import { err, ok, type Result } from '@weft/kernel';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;

/** One DER element: its tag, its bytes, and its content. */
interface Element {
  readonly tag: number;
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/**
 * The public half of a private RSA key in PEM (`RSA PRIVATE KEY` or `PRIVATE KEY`), as PEM `RSA PUBLIC KEY`: what the global
 * control plane gives to zones that verify tokens. The error says what was found instead of a key. Never throws.
 */
export function rsaPublicKeyOf(privateKeyPem: string): Result<string, string> {
  const [block] = parsePem(privateKeyPem);
  if (block === undefined) return err('it is no PEM');
  const key = block.label === 'RSA PRIVATE KEY' ? block.bytes : block.label === 'PRIVATE KEY' ? wrappedKey(block.bytes) : undefined;
  if (key === undefined) return err(`it holds "${block.label}", not an RSA private key`);
  // RSAPrivateKey is version, modulus, public exponent, and what must stay here (RFC 8017 A.1.2).
  const [version, modulus, exponent] = partsOf(key);
  if (version?.tag !== INTEGER || modulus?.tag !== INTEGER || exponent?.tag !== INTEGER) return err('it holds no RSA private key');
  return ok(toPem('RSA PUBLIC KEY', sequenceOf(modulus.whole, exponent.whole)));
}

/** The key inside a PKCS#8 wrapping (RFC 5208: version, algorithm, key). */
function wrappedKey(pkcs8: Uint8Array): Uint8Array | undefined {
  const key = partsOf(pkcs8)[2];
  return key?.tag === OCTET_STRING ? key.content : undefined;
}

/** The elements of a SEQUENCE; none where the bytes are no SEQUENCE. */
function partsOf(bytes: Uint8Array): readonly Element[] {
  const outer = elementAt(bytes, 0);
  if (outer?.tag !== SEQUENCE) return [];
  const parts: Element[] = [];
  for (let at = 0; at < outer.content.length;) {
    const part = elementAt(outer.content, at);
    if (part === undefined) return parts;
    parts.push(part);
    at += part.whole.length;
  }
  return parts;
}

function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = first < 0x80 ? first : bytes.subarray(at + 2, at + 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start + length > bytes.length) return undefined;
  return { tag, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}

function sequenceOf(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([SEQUENCE, ...size, ...parts.flatMap((part) => [...part])]);
}
