import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { MeshError } from '@weft/kernel';
import { stringify } from 'yaml';
import { answerBootstrap, type BootstrapAnswer, type BootstrapContext } from './answer-bootstrap.ts';
import { parseBootstrapRequest } from './bootstrap-request.ts';

/** A Dataplane and a token are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;

/** What the handler needs. */
export interface BootstrapPorts {
  /** Undefined while the server cannot answer yet (the feed was not read). */
  readonly context: () => BootstrapContext | undefined;
  /** The Corefile template that agents are told to use, if one is configured. */
  readonly corefileTemplate: string | undefined;
  readonly onFailure: (error: MeshError) => void;
}

/** The HTTP side of the DP server: `POST /bootstrap`, and Kuma's words for everything else. */
export function bootstrapHandler(ports: BootstrapPorts): RequestListener {
  return (request, response) => {
    if (request.url?.split('?')[0] !== '/bootstrap') {
      reply(response, 404, '404: Page Not Found');
      request.resume();
      return;
    }
    handle(ports, request, response).catch((caught: unknown) => {
      const error = MeshError.from(caught);
      ports.onFailure(error);
      if (!response.headersSent) reply(response, error.code === 'request/too-large' ? 413 : 500, error.message);
    });
  };
}

async function handle(ports: BootstrapPorts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (request.method !== 'POST') return reply(response, 400, '');
  const parsed = parseBootstrapRequest(body);
  if (!parsed.ok) return reply(response, 400, parsed.error);
  const context = ports.context();
  if (context === undefined) return reply(response, 503, 'the control plane is starting: try again');
  const answer = answerBootstrap(context, parsed.value, hostOf(request));
  if (!answer.ok) return reply(response, answer.error.status, answer.error.text);
  if (request.headers.accept?.includes('application/json') !== true) return reply(response, 200, stringify(answer.value.bootstrap), 'text/x-yaml');
  reply(response, 200, JSON.stringify(jsonAnswer(answer.value, ports.corefileTemplate)), 'application/json');
}

function jsonAnswer({ bootstrap, address }: BootstrapAnswer, corefileTemplate: string | undefined): object {
  return {
    bootstrap: Buffer.from(stringify(bootstrap)).toString('base64'),
    kumaSidecarConfiguration: {
      networking: { corefileTemplate: corefileTemplate === undefined ? null : Buffer.from(corefileTemplate).toString('base64'), address },
      metrics: { aggregate: [] },
    },
  };
}

/** The Host header without its port; IPv6 addresses without brackets. */
function hostOf(request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(host);
  return bracketed?.[1] ?? host.replace(/:\d+$/, '');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new MeshError('request/too-large', `the body exceeds ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { ...(text !== '' && { 'content-type': type }), 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
