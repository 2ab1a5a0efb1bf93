import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { MeshError } from '@weft/kernel';
import type { GlobalStoreConfig, ListenerConfig } from '../config.ts';

/** A certificate with its key, PEM. */
export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A listener that accepts connections. */
export interface Listening {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Listens without TLS. Throws `config/invalid` where the address is taken. */
export function listenHttp(app: RequestListener, listener: ListenerConfig, limits: GlobalStoreConfig['apiServer']): Promise<Listening> {
  return listen(withLimits(createServer(timeouts(limits), app), limits), listener);
}

/** Listens with TLS 1.2 or later; with `clientCaPem` only clients with a certificate of that CA are let in. */
export function listenHttps(app: RequestListener, options: { readonly listener: ListenerConfig; readonly limits: GlobalStoreConfig['apiServer']; readonly certificate: ServerCertificate; readonly clientCaPem?: string }): Promise<Listening> {
  const { certificatePem: cert, keyPem: key } = options.certificate;
  const server = createTlsServer({ ...timeouts(options.limits), cert, key, minVersion: 'TLSv1.2', ...(options.clientCaPem !== undefined && { ca: options.clientCaPem, requestCert: true, rejectUnauthorized: true }) }, app);
  // A client that starts no TLS, or breaks it off, is that client's affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return listen(withLimits(server, options.limits), options.listener);
}

// Slow clients are cut off: a header or a body that trickles in must not hold a connection for ever.
function timeouts(limits: GlobalStoreConfig['apiServer']): ServerOptions {
  return {
    headersTimeout: limits.readHeaderTimeout,
    requestTimeout: limits.readTimeout,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, limits.readHeaderTimeout / 2)),
  };
}

function withLimits(server: Server, limits: GlobalStoreConfig['apiServer']): Server {
  server.timeout = limits.writeTimeout;
  return server;
}

function listen(server: Server, { interface: host, port }: ListenerConfig): Promise<Listening> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new MeshError('config/invalid', `cannot listen on ${host}:${port}: ${cause.message}`, { cause })));
    server.listen(port, host, () => {
      const { address, port: taken } = server.address() as AddressInfo;
      resolve({ address: `${address.includes(':') ? `[${address}]` : address}:${taken}`, close: () => close(server) });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
