import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** An answer to a test's request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A workload: an HTTP server on one loopback address that counts and remembers what it was asked. */
export class HttpApp {
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens; answers with its name, or as `respond` wants. */
  static async listen(options: { readonly name: string; readonly host: string; readonly port: number; readonly respond?: (req: IncomingMessage, res: ServerResponse) => void }): Promise<HttpApp> {
    const server = createServer();
    const app = new HttpApp(server);
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      app.requests.push({ url: req.url ?? '', headers: req.headers });
      req.resume();
      if (options.respond !== undefined) options.respond(req, res);
      else res.end(options.name);
    });
    server.listen(options.port, options.host);
    await once(server, 'listening');
    return app;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What to ask for. */
export interface HttpQuestion {
  readonly method?: string;
  /** Sent as it stands, `..` and all; default: that of the URL. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One GET on a connection of its own. A connection that is refused or cut gives status 0. */
export function httpGet(url: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
  return httpAsk(url, { headers });
}

/** One request on a connection of its own. A connection that is refused or cut gives status 0. */
export function httpAsk(url: string, question: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const outgoing = request(url, { ...question, agent: false, timeout: 20_000 }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString() }));
      incoming.on('error', () => resolve({ status: 0, headers: {}, body: '' }));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', (error) => resolve({ status: 0, headers: {}, body: error.message }));
    outgoing.end();
  });
}

/** Sends `count` requests, a few at a time, and gives the answers in any order. */
export async function httpMany(url: string, count: number, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) answers.push(await httpGet(url, headers));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return answers;
}
