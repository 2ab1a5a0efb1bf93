import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** A server that takes lines over TCP on 127.0.0.1 and keeps them. */
export class LineReceiver {
  readonly lines: string[] = [];
  readonly #server: Server = createServer();
  readonly #sockets = new Set<Socket>();

  /** Listens on this port; 0 means any. */
  static async listen(port = 0): Promise<LineReceiver> {
    const receiver = new LineReceiver();
    receiver.#server.on('connection', (socket: Socket) => {
      receiver.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      createInterface({ input: socket }).on('line', (line) => receiver.lines.push(line));
    });
    receiver.#server.listen(port, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
