import type { IncomingMessage } from 'node:http';
import { readBody } from '@weft/service-runtime';

/** A Dataplane and a token are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The body of a request to the DP server as text. Throws `request/too-large`. */
export async function readDpBody(request: IncomingMessage): Promise<string> {
  return (await readBody(request, MAX_BODY_BYTES)).toString('utf8');
}
