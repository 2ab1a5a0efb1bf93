import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Endpoint } from './placed-workload.ts';

/** A workload that speaks lines over TCP: it answers each with its name and the line. */
export class LineApp {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens, on 127.0.0.1 unless another host is given. */
  static async listen(options: { readonly name: string; readonly port: number; readonly host?: string }): Promise<LineApp> {
    const app = new LineApp(createServer());
    app.#server.on('connection', (socket: Socket) => {
      app.#sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => app.#sockets.delete(socket));
      createInterface({ input: socket }).on('line', (line) => socket.write(`${options.name}: ${line}\n`));
    });
    app.#server.listen(options.port, options.host ?? '127.0.0.1');
    await once(app.#server, 'listening');
    return app;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Says one line on a connection of its own (from this address, if one is given) and gives the answer; empty when no whole line comes back. */
export function sayLine({ host, port }: Endpoint, line: string, localAddress?: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, ...(localAddress !== undefined && { localAddress }) }, () => socket.write(`${line}\n`));
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      if (received.endsWith('\n')) socket.end();
    });
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => resolve(received.endsWith('\n') ? received.trim() : ''));
  });
}
