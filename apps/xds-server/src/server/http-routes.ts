import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { MeshError } from '@weft/kernel';
import { reply } from './reply.ts';

/** Answers one request; what it throws is answered with 500. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The HTTP side of the DP server: a handler for each path, and Kuma's words for everything else. */
export function httpRoutes(routes: Readonly<Record<string, HttpHandler>>, onFailure: (error: MeshError) => void): RequestListener {
  return (request, response) => {
    const handler = routes[request.url?.split('?')[0] ?? ''];
    if (handler === undefined) {
      reply(response, 404, '404: Page Not Found');
      request.resume();
      return;
    }
    handler(request, response).catch((caught: unknown) => {
      const error = MeshError.from(caught);
      onFailure(error);
      if (!response.headersSent) reply(response, error.code === 'request/too-large' ? 413 : 500, error.message);
    });
  };
}
