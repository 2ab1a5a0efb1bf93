import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy on loopback that a test cuts, freezes and heals, and that counts what goes through. */
export class CutLink {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  #cut = false;
  #frozen = false;
  #bytes = 0;

  private constructor(target: () => number, host: string) {
    this.#target = target;
    this.#host = host;
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** Listens on a free port of 127.0.0.1 and forwards to the port of `host` that `target` gives at each connection. */
  static async start(target: () => number, host = '127.0.0.1'): Promise<CutLink> {
    const link = new CutLink(target, host);
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that went through, both ways. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Breaks every connection and takes no other. */
  cut(): void {
    this.#cut = true;
    this.#drop();
  }

  /** Nothing goes through any more, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Takes connections again; what was frozen is broken, as when the other side is gone for good. */
  heal(): void {
    this.#cut = false;
    if (this.#frozen) this.#drop();
    this.#frozen = false;
  }

  /** As `heal`, but connections that were frozen stay dead and are not broken. */
  healNew(): void {
    this.#cut = false;
    this.#frozen = false;
  }

  async close(): Promise<void> {
    this.#drop();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(socket: Socket): void {
    if (this.#cut) return void socket.destroy();
    const target = connect(this.#target(), this.#host);
    this.#pipe(socket, target);
    this.#pipe(target, socket);
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    let dead = false;
    from.on('data', (chunk) => {
      // What was lost once stays lost: bytes of a stream cannot be left out.
      dead ||= this.#frozen;
      if (dead) return;
      this.#bytes += chunk.length;
      to.write(chunk);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
