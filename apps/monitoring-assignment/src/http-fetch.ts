import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { MeshError, parseDuration, type Clock } from '@weft/kernel';
import { MADS_FETCH_PATH } from '@weft/mads-proto';
import { readBody } from '@weft/service-runtime';
import type { AssignmentBoard } from './assignment-board.ts';
import { jsonResponse, readJsonRequest } from './discovery-messages.ts';
import { nextSnapshot, type NoSnapshot } from './next-snapshot.ts';

/** A request holds a node and a version. */
const MAX_BODY_BYTES = 64 * 1024;
/** Nobody waits longer, whatever is asked for. */
const MAX_TIMEOUT_MS = 600_000;

/** What the HTTP side works with. */
export interface HttpFetchOptions {
  readonly board: AssignmentBoard;
  readonly clock: Clock;
  readonly defaultTimeoutMs: number;
  readonly onFailure: (error: MeshError) => void;
}

/**
 * Long polls as Prometheus makes them: 200 with everything the client is given as soon as that has another version than the
 * one it names, 304 when `fetch-timeout` (a duration such as `2m`; query parameter) has passed without.
 */
export function httpFetch(options: HttpFetchOptions): RequestListener {
  return (request, response) => {
    answer(options, request, response).catch((caught: unknown) => {
      const error = MeshError.from(caught);
      const status = error.code === 'request/invalid' ? 400 : error.code === 'request/too-large' ? 413 : 500;
      if (status === 500) options.onFailure(error);
      if (!response.headersSent) refuse(response, status, error.message);
    });
  };
}

async function answer({ board, clock, defaultTimeoutMs }: HttpFetchOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
  if (pathname !== MADS_FETCH_PATH) return refuse(response, 404, `there is nothing at ${pathname}: POST to ${MADS_FETCH_PATH}`);
  if (request.method !== 'POST') return refuse(response, 405, `use POST, not ${request.method ?? ''}`);
  const timeoutMs = timeoutOf(searchParams.get('fetch-timeout'), defaultTimeoutMs);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { client, version } = readJsonRequest((await readBody(request, MAX_BODY_BYTES)).toString('utf8'));
  const found = await nextSnapshot(board, clock, { client, version, timeoutMs, gone: gone.signal });
  if (typeof found === 'string') return withoutSnapshot(response, found);
  response.writeHead(200, { 'content-type': 'application/json' }).end(jsonResponse(found));
}

function timeoutOf(text: string | null, defaultMs: number): number {
  if (text === null || text === '') return defaultMs;
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new MeshError('request/invalid', `fetch-timeout: ${parsed.error}`);
  return Math.min(parsed.value, MAX_TIMEOUT_MS);
}

function withoutSnapshot(response: ServerResponse, why: NoSnapshot): void {
  if (why === 'unchanged') return void response.writeHead(304).end();
  refuse(response, 503, why === 'busy' ? 'too many clients wait for assignments: ask again later' : 'the resources of the control plane were not read yet: ask again');
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  // What is left of a body is not read.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ title: 'Could not fetch MonitoringAssignments', status, detail }));
}
