import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MeshError } from '@weft/kernel';
import { judgeBootstrapReply, type BootstrapReply } from './bootstrap-reply.ts';

const REQUEST_TIMEOUT_MS = 20_000;

/** How and where to ask for a bootstrap. `ca` is PEM; undefined means the machine's own CAs. */
export interface BootstrapServer {
  readonly url: URL;
  readonly ca: string | undefined;
  readonly verify: boolean;
}

/** Pace and voice of {@link fetchBootstrap}. */
export interface BootstrapRetry {
  readonly backoffMs: number;
  readonly maxDurationMs: number;
  /** Hears why it is asked again; called when the reason changes. */
  readonly onRetry: (why: string) => void;
  /** Ends the attempts early. */
  readonly signal: AbortSignal;
}

/**
 * Asks a control plane for Envoy's bootstrap until it has one, with a pause between attempts. Resolves to YAML. Rejects with
 * `config/invalid` when asking again would not help, or when time is up.
 */
export async function fetchBootstrap(server: BootstrapServer, body: unknown, retry: BootstrapRetry): Promise<string> {
  const deadline = performance.now() + retry.maxDurationMs;
  let lastWhy = '';
  for (;;) {
    const verdict = judgeBootstrapReply(await postToControlPlane(server, '/bootstrap', { body: JSON.stringify(body), signal: retry.signal }));
    if (verdict.kind === 'ok') return verdict.bootstrap;
    retry.signal.throwIfAborted();
    if (verdict.kind === 'fatal') throw new MeshError('config/invalid', `Failed to fetch Envoy bootstrap config from ${server.url.origin}: ${verdict.why}`);
    if (performance.now() + retry.backoffMs > deadline) {
      throw new MeshError('config/invalid', `Failed to fetch Envoy bootstrap config from ${server.url.origin} within ${retry.maxDurationMs / 1000} s: ${verdict.why}`);
    }
    if (verdict.why !== lastWhy) retry.onRetry(verdict.why);
    lastWhy = verdict.why;
    await pause(retry.backoffMs, retry.signal);
  }
}

/** Posts JSON to the DP server. Never rejects: what went wrong is the answer. */
export function postToControlPlane(server: BootstrapServer, path: string, { body, signal }: { readonly body: string; readonly signal: AbortSignal }): Promise<BootstrapReply> {
  return new Promise((resolve) => {
    const options: RequestOptions & { ca?: string; rejectUnauthorized: boolean } = {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'content-length': Buffer.byteLength(body) },
      timeout: REQUEST_TIMEOUT_MS,
      agent: false,
      signal,
      rejectUnauthorized: server.verify,
      ...(server.ca === undefined ? {} : { ca: server.ca }),
    };
    const send = server.url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(new URL(path, server.url), options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', (error) => resolve(failed(error)));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
    request.on('error', (error) => resolve(failed(error)));
    request.end(body);
  });
}

function failed(error: NodeJS.ErrnoException): BootstrapReply {
  // A host with several addresses fails as one error without words of its own.
  return { failure: error.message === '' ? (error.code ?? 'unknown error') : error.message, code: error.code ?? '' };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => { clearTimeout(timer); reject(signal.reason as Error); };
    const timer = setTimeout(() => { signal.removeEventListener('abort', stop); resolve(); }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
