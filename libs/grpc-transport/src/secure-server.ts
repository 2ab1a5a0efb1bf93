import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Sensitive } from '@weft/kernel';
import { DEFAULT_LIMITS, type ServerLimits } from './server-limits.ts';

/** A certificate with its chain, leaf first, and its key, both PEM. */
export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: Sensitive<string>;
}

/** A gRPC service and what serves it. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Settings of {@link startSecureServer}. */
export interface SecureServerOptions {
  readonly host: string;
  /** 0 for a free port. */
  readonly port: number;
  readonly certificate: ServerCertificate;
  /** Takes HTTP/1.1 requests (an express app, say). */
  readonly http: RequestListener;
  readonly services: readonly GrpcService[];
  readonly limits?: Partial<ServerLimits>;
  /** Hears why a connection was turned away: garbage, a failed handshake. */
  readonly onRejected?: (reason: string) => void;
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
 * One TLS port (1.2 or newer) for gRPC and HTTP: connections that negotiate `h2` go to gRPC, the rest to HTTP/1.1.
 * Rejects where the port cannot be bound or the certificate cannot be used.
 */
export async function startSecureServer(options: SecureServerOptions): Promise<SecureServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const grpc = grpcServer(options.services, limits);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const http = httpServer(options.http, limits);
  const sockets = new Set<Socket>();
  const tls = createTlsServer({
    ...context(options.certificate), ALPNProtocols: ['h2', 'http/1.1'], minVersion: 'TLSv1.2', handshakeTimeout: limits.handshakeMs, noDelay: true,
  });
  tls.maxConnections = limits.maxConnections;
  tls.on('connection', (socket: Socket) => track(sockets, socket));
  tls.on('drop', () => options.onRejected?.(`more than ${limits.maxConnections} connections`));
  tls.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    options.onRejected?.(error.message);
    socket.destroy();
  });
  tls.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy());
    if (socket.alpnProtocol === 'h2') injector.injectConnection(socket);
    else http.emit('connection', socket);
  });
  await new Promise<void>((resolve, reject) => {
    tls.once('error', reject).listen(options.port, options.host, resolve);
  });
  const { port } = tls.address() as AddressInfo;
  return {
    host: options.host,
    port,
    get connections() {
      return sockets.size;
    },
    replaceCertificate: (certificate) => tls.setSecureContext(context(certificate)),
    close: async (graceMs = 0) => {
      const closed = new Promise<void>((resolve) => tls.close(() => resolve()));
      injector.drain(graceMs);
      http.closeIdleConnections();
      const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await closed;
      clearTimeout(cut);
      http.close();
      injector.destroy();
      grpc.forceShutdown();
    },
  };
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

function context(certificate: ServerCertificate): { cert: string; key: string } {
  return { cert: certificate.certificatePem, key: certificate.keyPem.reveal() };
}

function grpcServer(services: readonly GrpcService[], limits: ServerLimits): Server {
  const server = new Server({
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    'grpc.max_connection_idle_ms': limits.idleMs,
    'grpc.max_concurrent_streams': 1000,
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.enable_channelz': 0,
  });
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  return server;
}

function httpServer(handler: RequestListener, limits: ServerLimits): HttpServer {
  const server = createHttpServer({ headersTimeout: limits.headersMs, requestTimeout: limits.requestMs, connectionsCheckingInterval: Math.min(1_000, limits.headersMs) }, handler);
  server.on('clientError', (_error, socket) => socket.destroy());
  // It never listens itself, and Node starts to watch over slow requests on this event only.
  server.emit('listening');
  return server;
}
