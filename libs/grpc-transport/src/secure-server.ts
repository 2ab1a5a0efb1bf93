import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Sensitive } from '@weft/kernel';
import { BothProtocols, type ProtocolOptions } from './both-protocols.ts';
import { DEFAULT_LIMITS } from './server-limits.ts';

/** A certificate with its chain, leaf first, and its key, both PEM. */
export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: Sensitive<string>;
}

/** Settings of {@link startSecureServer}. */
export interface SecureServerOptions extends ProtocolOptions {
  readonly certificate: ServerCertificate;
}

/** A running server. */
export interface SecureServer {
  readonly host: string;
  readonly port: number;
  /** Open connections, those in their handshake included. */
  readonly connections: number;
  /** New connections get this certificate; open ones stay. */
  replaceCertificate(certificate: ServerCertificate): void;
  /** Stops listening, tells clients to go away, and cuts what is left after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/**
 * One TLS port (1.2 or newer) for gRPC and HTTP: connections that negotiate `h2` go to gRPC, the rest to HTTP/1.1; a client
 * that speaks both is given HTTP/1.1, as gRPC offers nothing but `h2`.
 * Rejects where the port cannot be bound or the certificate cannot be used.
 */
export async function startSecureServer(options: SecureServerOptions): Promise<SecureServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const protocols = new BothProtocols(options, limits);
  const tls = createTlsServer({
    ...context(options.certificate), ALPNProtocols: ['http/1.1', 'h2'], minVersion: 'TLSv1.2', handshakeTimeout: limits.handshakeMs, noDelay: true,
  });
  tls.maxConnections = limits.maxConnections;
  tls.on('connection', (socket: Socket) => protocols.track(socket));
  tls.on('drop', () => options.onRejected?.(`more than ${limits.maxConnections} connections`));
  tls.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    options.onRejected?.(error.message);
    socket.destroy();
  });
  tls.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy());
    protocols.take(socket, socket.alpnProtocol === 'h2');
  });
  await new Promise<void>((resolve, reject) => {
    tls.once('error', reject).listen(options.port, options.host, resolve);
  });
  const { port } = tls.address() as AddressInfo;
  return {
    host: options.host,
    port,
    get connections() {
      return protocols.connections;
    },
    replaceCertificate: (certificate) => tls.setSecureContext(context(certificate)),
    close: (graceMs = 0) => protocols.close(tls, graceMs),
  };
}

function context(certificate: ServerCertificate): { cert: string; key: string } {
  return { cert: certificate.certificatePem, key: certificate.keyPem.reveal() };
}
