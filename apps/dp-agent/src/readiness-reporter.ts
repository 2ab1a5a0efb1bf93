import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MeshError } from '@weft/kernel';

const DEFAULT_PORT = 9902;

/** Words of the reporter: READY answers 200, the others 503. */
export type Readiness = 'READY' | 'NOT_READY' | 'TERMINATING';

/** A reporter that listens. */
export interface ReadinessReporter {
  /** 0 when there is none. */
  readonly port: number;
  close(): void;
}

/** Where to listen and what to say. */
export interface ReadinessOptions {
  /** Undefined: 9902, or a free port when that is taken. 0: no reporter. */
  readonly port: number | undefined;
  readonly host: string;
  readonly readiness: () => Promise<Readiness>;
}

/** Serves `GET /ready`. Rejects with `config/invalid` when a port that was asked for is taken. */
export async function startReadinessReporter(options: ReadinessOptions): Promise<ReadinessReporter> {
  if (options.port === 0) return { port: 0, close: () => undefined };
  const server = reporter(options.readiness);
  if (!(await listen(server, options.port ?? DEFAULT_PORT, options.host))) {
    if (options.port !== undefined) throw new MeshError('config/invalid', `Port ${options.port} for readiness (KUMA_READINESS_PORT) is taken on ${options.host}. Name another, or unset it to get a free one.`);
    await listen(server, 0, options.host);
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () => { server.close(); server.closeAllConnections(); },
  };
}

function reporter(readiness: () => Promise<Readiness>): Server {
  return createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/ready') {
      response.writeHead(404).end();
      return;
    }
    void readiness().catch((): Readiness => 'NOT_READY').then((word) => {
      response.writeHead(word === 'READY' ? 200 : 503, { 'content-type': 'text/plain' }).end(word);
    });
  });
}

function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error));
    server.once('error', onError);
    server.listen(port, host, () => { server.off('error', onError); resolve(true); });
  });
}
