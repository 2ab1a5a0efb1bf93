import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { HttpHandler } from '../server/http-routes.ts';
import { readDpBody } from '../server/dp-body.ts';
import { reply } from '../server/reply.ts';
import { answerBootstrap, type BootstrapAnswer, type BootstrapContext } from './answer-bootstrap.ts';
import { parseBootstrapRequest } from './bootstrap-request.ts';

/** What the handler needs. */
export interface BootstrapPorts {
  /** Undefined while the server cannot answer yet (the feed was not read). */
  readonly context: () => BootstrapContext | undefined;
  /** The Corefile template that agents are told to use, if one is configured. */
  readonly corefileTemplate: string | undefined;
}

/** `POST /bootstrap`. */
export function bootstrapHandler(ports: BootstrapPorts): HttpHandler {
  return (request, response) => handle(ports, request, response);
}

async function handle(ports: BootstrapPorts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readDpBody(request);
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
