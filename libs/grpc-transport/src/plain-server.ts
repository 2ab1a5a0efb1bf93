import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BothProtocols, type ProtocolOptions } from './both-protocols.ts';
import type { SecureServer } from './secure-server.ts';
import { DEFAULT_LIMITS } from './server-limits.ts';

/** How every HTTP/2 connection begins (RFC 9113, 3.4); no method of HTTP/1.1 begins so. */
const PREFACE_START = 'PRI ';

/** A running server without TLS. */
export type PlainServer = Omit<SecureServer, 'replaceCertificate'>;

/**
 * One port without TLS for gRPC and HTTP: connections that begin as HTTP/2 does go to gRPC, the rest to HTTP/1.1.
 * Rejects where the port cannot be bound.
 */
export async function startPlainServer(options: ProtocolOptions): Promise<PlainServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const protocols = new BothProtocols(options, limits);
  const server = createServer({ noDelay: true }, (socket) => {
    protocols.track(socket);
    socket.on('error', () => socket.destroy());
    const silent = setTimeout(() => {
      options.onRejected?.(`nothing was sent within ${limits.headersMs} ms`);
      socket.destroy();
    }, limits.headersMs);
    socket.once('close', () => clearTimeout(silent));
    whenBegun(socket, (isHttp2) => {
      clearTimeout(silent);
      protocols.take(socket, isHttp2);
    });
  });
  server.maxConnections = limits.maxConnections;
  server.on('drop', () => options.onRejected?.(`more than ${limits.maxConnections} connections`));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: options.host,
    port,
    get connections() {
      return protocols.connections;
    },
    close: (graceMs = 0) => protocols.close(server, graceMs),
  };
}

/** Calls `then` once the first bytes tell the protocol; they are put back for who reads next. */
function whenBegun(socket: Socket, then: (isHttp2: boolean) => void): void {
  let begun = Buffer.alloc(0);
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    begun = Buffer.concat([begun, chunk]);
    const text = begun.toString('latin1', 0, PREFACE_START.length);
    // Less than a method's name and its blank, and still like a preface: wait for more.
    if (text.length < PREFACE_START.length && PREFACE_START.startsWith(text)) return;
    socket.off('readable', look);
    socket.unshift(begun);
    then(text === PREFACE_START);
  };
  socket.on('readable', look);
}
