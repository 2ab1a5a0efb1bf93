import type { ServerResponse } from 'node:http';

/** Answers with a text. */
export function reply(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { ...(text !== '' && { 'content-type': type }), 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
