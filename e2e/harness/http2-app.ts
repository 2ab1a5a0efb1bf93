import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Endpoint } from './placed-workload.ts';

/** An answer over HTTP/2. Status 0: none came. */
export interface Http2Answer {
  readonly status: number;
  readonly body: string;
  readonly trailers: Readonly<Record<string, unknown>>;
}

/**
 * A workload that speaks HTTP/2 without TLS: it answers with its name; calls of gRPC with their own message, or the status that
 * a test wants. Of its health it says SERVING, unless a test has it unwell.
 */
export class Http2App {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(server: Http2Server) {
    this.#server = server;
  }

  /** `grpcStatus`: asked for each call of gRPC, with its path; default 0. `serving`: default true. */
  static async listen(options: { readonly name: string; readonly port: number; readonly grpcStatus?: (path: string) => number; readonly serving?: () => boolean }): Promise<Http2App> {
    const app = new Http2App(createServer());
    app.#server.on('session', (session) => {
      app.#sessions.add(session);
      session.on('close', () => app.#sessions.delete(session));
    });
    app.#server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers['content-type'] !== 'application/grpc') {
        stream.respond({ ':status': 200 });
        stream.end(options.name);
        return;
      }
      const status = options.grpcStatus?.(headers[':path'] ?? '') ?? 0;
      if (status !== 0) {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status) }, { endStream: true });
        return;
      }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      if (headers[':path'] === '/grpc.health.v1.Health/Check') stream.resume().end(healthFrame(options.serving?.() !== false));
      else stream.pipe(stream);
    });
    app.#server.listen(options.port, '127.0.0.1');
    await once(app.#server, 'listening');
    return app;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A HealthCheckResponse of gRPC: SERVING (1) or NOT_SERVING (2), as a frame. */
function healthFrame(serving: boolean): Buffer {
  return Buffer.from([0, 0, 0, 0, 2, 0x08, serving ? 1 : 2]);
}

/** A GET with prior knowledge of HTTP/2, on a connection of its own. */
export function http2Get(to: Endpoint): Promise<Http2Answer> {
  return exchange(to, { ':method': 'GET', ':path': '/' });
}

/** A unary call of gRPC that carries `message`; the body is the answer's frame. */
export function grpcCall(to: Endpoint, message: string): Promise<Http2Answer> {
  const frame = Buffer.alloc(5 + Buffer.byteLength(message));
  frame.writeUInt32BE(Buffer.byteLength(message), 1);
  frame.write(message, 5);
  return exchange(to, { ':method': 'POST', ':path': '/test.Echo/Say', 'content-type': 'application/grpc', te: 'trailers' }, frame);
}

function exchange({ host, port }: Endpoint, headers: Readonly<Record<string, string>>, body?: Buffer): Promise<Http2Answer> {
  return new Promise((resolve) => {
    const session: ClientHttp2Session = connect(`http://${host}:${port}`);
    const answer = { status: 0, body: '', trailers: {} as Record<string, unknown> };
    const stream = session.request(headers);
    stream.setTimeout(20_000, () => stream.close());
    stream.on('response', (response) => {
      answer.status = response[':status'] ?? 0;
      answer.trailers = { ...response };
    });
    stream.on('trailers', (trailers) => { answer.trailers = { ...trailers }; });
    stream.on('data', (chunk: Buffer) => { answer.body += chunk.toString(); });
    stream.on('error', () => undefined).on('close', () => session.destroy());
    session.on('error', () => session.destroy()).on('close', () => resolve(answer));
    stream.end(body);
  });
}
