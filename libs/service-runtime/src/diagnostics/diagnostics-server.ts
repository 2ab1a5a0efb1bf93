import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricRegistry } from './counters.ts';

/** Settings of {@link startDiagnostics}. */
export interface DiagnosticsOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default: every address (Kuma 2.14). */
  readonly host?: string;
  readonly isReady: () => boolean;
  readonly metrics: MetricRegistry;
}

/** A running diagnostics server. */
export interface Diagnostics {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves `GET /healthy` (200), `GET /ready` (200 or 503, no body) and `GET /metrics` (Prometheus). Rejects where it cannot listen. */
export async function startDiagnostics(options: DiagnosticsOptions): Promise<Diagnostics> {
  const host = options.host ?? '0.0.0.0';
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET' }).end();
    else if (path === '/healthy') response.writeHead(200).end();
    else if (path === '/ready') response.writeHead(options.isReady() ? 200 : 503).end();
    else if (path === '/metrics') response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(options.metrics.toText());
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('here are /healthy, /ready and /metrics\n');
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  await listen(server, options.port, host);
  return { address: `${host}:${(server.address() as AddressInfo).port}`, close: () => stop(server) };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
