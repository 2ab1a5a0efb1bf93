import express, { type Express, type Request, type Response } from 'express';
import { encodeJson, problemDocument } from '@weft/api-contract';
import { MeshError } from '@weft/kernel';
import { readBody, type Logger } from '@weft/service-runtime';
import type { AuthenticationPorts } from '../access/authenticate.ts';
import { authenticate } from '../access/authenticate.ts';
import { ANONYMOUS } from '../access/caller.ts';
import { METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, NOT_FOUND, UNSUPPORTED_MEDIA_TYPE, type ApiAnswer, type ApiRequest, type Verbs } from './exchange.ts';

/** Largest body that is read at all. A resource's own limit is lower and checked at admission. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * One path of the API. `resolve` gives the verbs for the parts of the path, or undefined where these lead nowhere (then
 * later routes are tried, at last 404).
 */
export interface Route {
  /** In Express 5's syntax, e.g. `/meshes/:mesh/:collection`. */
  readonly path: string;
  readonly resolve: (params: Readonly<Record<string, string>>) => Verbs | undefined;
  /** True where no credentials are looked at. */
  readonly open?: boolean;
}

/** Builds the Express application of the API: routes in the given order, the first that resolves answers. */
export function buildApplication(routes: readonly Route[], ports: AuthenticationPorts & { readonly log: Logger }): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  for (const route of routes) {
    app.all(route.path, (request, response, next) => {
      const params = request.params as Record<string, string>;
      const verbs = route.resolve(params);
      if (verbs === undefined) return next();
      void serve(request, response, { verbs, params, route, ports });
    });
  }
  app.use((_request, response) => send(response, NOT_FOUND));
  // Express calls this for paths that cannot be decoded, such as "/%ff".
  app.use((_error: unknown, _request: Request, response: Response, _next: unknown) => send(response, NOT_FOUND));
  return app;
}

interface Serving {
  readonly verbs: Verbs;
  readonly params: Readonly<Record<string, string>>;
  readonly route: Route;
  readonly ports: AuthenticationPorts & { readonly log: Logger };
}

async function serve(request: Request, response: Response, serving: Serving): Promise<void> {
  try {
    send(response, await answerTo(request, serving));
  } catch (caught) {
    const error = MeshError.from(caught);
    const problem = problemDocument(error);
    if (problem.status >= 500) serving.ports.log.error({ error: error.toJSON(), path: request.path, cause: String(error.cause) }, 'a request failed');
    // What is left of the body is not read: the connection cannot carry another request.
    if (!request.readableEnded && request.method !== 'GET') response.setHeader('connection', 'close');
    send(response, { status: problem.status, json: problem });
  }
}

async function answerTo(request: Request, { verbs, params, route, ports }: Serving): Promise<ApiAnswer> {
  const handler = verbs[request.method as keyof Verbs];
  if (handler === undefined) return METHOD_NOT_ALLOWED;
  if (!accepts(request.headers.accept)) return NOT_ACCEPTABLE;
  if (!isJson(request)) return UNSUPPORTED_MEDIA_TYPE;
  const caller = route.open === true ? ANONYMOUS : await authenticate(request, ports);
  return handler(asApiRequest(request, params, caller));
}

function asApiRequest(request: Request, params: ApiRequest['params'], caller: ApiRequest['caller']): ApiRequest {
  const at = request.url.indexOf('?');
  return {
    method: request.method,
    path: request.path,
    params,
    query: new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1)),
    caller,
    origin: `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`,
    body: () => readBody(request, MAX_BODY_BYTES, '; a resource may have 524288'),
  };
}

function accepts(accept: string | undefined): boolean {
  return accept === undefined || accept === '' || /(application\/(json|\*)|text\/plain|\*\/\*)/.test(accept);
}

function isJson(request: Request): boolean {
  if (request.method !== 'PUT' && request.method !== 'POST') return true;
  const type = request.headers['content-type'];
  return type === undefined || type.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

function send(response: Response, answer: ApiAnswer): void {
  const json = 'json' in answer;
  const body = json ? encodeJson(answer.json) : answer.text;
  response.writeHead(answer.status, { ...answer.headers, 'content-type': json ? 'application/json' : (answer.contentType ?? 'text/plain; charset=utf-8'), 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
