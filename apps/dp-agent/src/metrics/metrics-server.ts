import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A server of metrics. */
export interface MetricsServer {
  close(): void;
}

/** Serves `/meshmetric` on a Unix socket: the lines as they come, no faster than they are taken. Rejects where the socket cannot be made. */
export async function startMetricsServer(socketPath: string, lines: () => AsyncIterable<string[]>): Promise<MetricsServer> {
  rmSync(socketPath, { force: true });
  const server: Server = createServer((request, response) => {
    if (request.method !== 'GET' || !/^\/meshmetric(\?|$)/.test(request.url ?? '')) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    // A client that goes away ends the pipeline, and with it the questions to the sources.
    pipeline(Readable.from(asText(lines())), response).catch(() => response.destroy());
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return { close: () => { server.closeAllConnections(); server.close(); } };
}

async function* asText(lines: AsyncIterable<string[]>): AsyncGenerator<string> {
  for await (const some of lines) if (some.length > 0) yield `${some.join('\n')}\n`;
}
