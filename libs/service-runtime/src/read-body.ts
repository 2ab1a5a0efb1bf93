import type { IncomingMessage } from 'node:http';
import { MeshError } from '@weft/kernel';

/** The whole body of a request of at most `maxBytes`. Throws `request/too-large`, before reading where the sender announces it; `hint` is added to its text. */
export async function readBody(request: IncomingMessage, maxBytes: number, hint = ''): Promise<Buffer> {
  const tooLarge = (): MeshError => new MeshError('request/too-large', `the request body exceeds ${maxBytes} bytes${hint}`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
