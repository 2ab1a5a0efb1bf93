import { createServer, type Server, type Socket } from 'node:net';
import { frame, MessageReader } from './tcp-messages.ts';
import { HEADER_BYTES } from './wire-message.ts';

/** Limits of the TCP side; RFC 7766 leaves them to the server. */
export interface TcpLimits {
  /** A connection on which no whole question comes for so long is closed, in ms. */
  readonly idleMs: number;
  /** Connections at once; more are closed as they come. */
  readonly connections: number;
  /** Questions of one connection that are worked on at once; the rest waits in the client. */
  readonly questions: number;
}

export const TCP_LIMITS: TcpLimits = { idleMs: 10_000, connections: 256, questions: 64 };
/** A client that does not read its answers is closed. */
const MOST_UNREAD_BYTES = 512 * 1024;

/** Hears a message; resolves once it is answered through `answer`, or needs no answer. */
export type OnMessage = (message: Buffer, from: { readonly address: string; readonly port: number }, answer: (bytes: Buffer) => void) => Promise<void>;

/** Where to listen and for whom. */
export interface TcpListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: TcpLimits;
  /** Open connections, of all listeners of one server. */
  readonly connections: Set<Socket>;
  readonly onMessage: OnMessage;
}

/** Takes DNS over TCP. Rejects with the system's error where it cannot listen. */
export function listenTcp(options: TcpListenerOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      if (options.connections.size >= options.limits.connections) return socket.destroy();
      return attend(socket, options);
    });
    server.once('error', reject);
    server.listen({ port: options.port, host: options.host, ipv6Only: true }, () => {
      server.off('error', reject).on('error', () => undefined);
      resolve(server);
    });
  });
}

function attend(socket: Socket, { connections, limits, onMessage }: TcpListenerOptions): void {
  const reader = new MessageReader();
  const from = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  let open = 0;
  // Bytes that make no whole question do not count as life.
  const idle = setTimeout(() => { if (open > 0) idle.refresh(); else socket.destroy(); }, limits.idleMs).unref();
  connections.add(socket);
  socket.on('error', () => undefined).on('close', () => { clearTimeout(idle); connections.delete(socket); });
  const answer = (bytes: Buffer): void => {
    if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy();
    else if (socket.writable) socket.write(frame(bytes));
  };
  const done = (): void => {
    open -= 1;
    if (open < limits.questions && socket.isPaused()) socket.resume();
  };
  socket.on('data', (chunk: Buffer) => {
    for (const message of reader.read(chunk)) {
      if (message.length < HEADER_BYTES) continue;
      open += 1;
      idle.refresh();
      void onMessage(message, from, answer).finally(done);
    }
    if (open >= limits.questions) socket.pause();
  });
}
