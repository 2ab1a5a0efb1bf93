import type { IncomingMessage } from 'node:http';
import { MeshError } from '@weft/kernel';

/** A Dataplane and a token are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The body of a request as text. Throws `request/too-large`. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new MeshError('request/too-large', `the body exceeds ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
