import 'reflect-metadata';
import { PemConverter } from '@peculiar/x509';

/** One block of a PEM text. */
export interface PemBlock {
  /** E.g. `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** Every block of a PEM text, in order (RFC 7468); none where the text is malformed. Never throws. */
export function parsePem(text: string): readonly PemBlock[] {
  try {
    return PemConverter.decodeWithHeaders(text).map(({ type, rawData }) => ({ label: type, bytes: new Uint8Array(rawData) }));
  } catch {
    return [];
  }
}

/** Bytes as a PEM block that ends in a newline. */
export function toPem(label: string, bytes: Uint8Array): string {
  return `${PemConverter.encode(bytes, label)}\n`;
}
