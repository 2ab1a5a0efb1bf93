import type { IncomingMessage } from 'node:http';
import { MeshError } from '@weft/kernel';

/** Largest body that is read at all. A resource's own limit is lower and checked at admission. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** The whole body of a request. Throws `request/too-large`, before reading where the sender announces it. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function tooLarge(): MeshError {
  return new MeshError('request/too-large', `the request body is larger than ${MAX_BODY_BYTES} bytes; a resource may have 524288`);
}
