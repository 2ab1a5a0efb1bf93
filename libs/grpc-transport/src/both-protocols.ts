import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import type { ServerLimits } from './server-limits.ts';

/** A gRPC service and what serves it. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What a port serves. */
export interface ProtocolOptions {
  readonly host: string;
  /** 0 for a free port. */
  readonly port: number;
  /** Takes HTTP/1.1 requests (an express app, say). */
  readonly http: RequestListener;
  readonly services: readonly GrpcService[];
  readonly limits?: Partial<ServerLimits>;
  /** Hears why a connection was turned away: garbage, a failed handshake. */
  readonly onRejected?: (reason: string) => void;
}

/** The two servers behind one port. Neither listens itself: each is handed its connections. */
export class BothProtocols {
  readonly #grpc: Server;
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  readonly #http: HttpServer;
  readonly #sockets = new Set<Socket>();

  constructor({ services, http }: ProtocolOptions, limits: ServerLimits) {
    this.#grpc = grpcServer(services, limits);
    this.#injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#http = httpServer(http, limits);
  }

  /** Open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Cuts the connection when the server closes. */
  track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Serves a connection from here on. */
  take(socket: Socket, isHttp2: boolean): void {
    if (isHttp2) this.#injector.injectConnection(socket);
    else this.#http.emit('connection', socket);
  }

  /** Stops listening, tells clients to go away, and cuts what is left after `graceMs`. */
  async close(listener: NetServer, graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    this.#injector.drain(graceMs);
    this.#http.closeIdleConnections();
    const cut = setTimeout(() => this.#sockets.forEach((socket) => socket.destroy()), graceMs);
    await closed;
    clearTimeout(cut);
    this.#http.close();
    this.#injector.destroy();
    this.#grpc.forceShutdown();
  }
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
