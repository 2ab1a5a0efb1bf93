import { plain, present, toOnly, type Conversion, type Plain } from './conversion.ts';

/** Timeout: MeshTimeout. One idle timeout is left of two, and HTTP and gRPC share their stream timeouts. */
export function convertTimeout(conf: Plain): Conversion {
  const [http, tcp, grpc] = [plain(conf['http']), plain(conf['tcp']), plain(conf['grpc'])];
  const differing = [
    ['http.idleTimeout', http['idleTimeout'], 'tcp.idleTimeout', tcp['idleTimeout']],
    ['http.streamIdleTimeout', http['streamIdleTimeout'], 'grpc.streamIdleTimeout', grpc['streamIdleTimeout']],
    ['http.maxStreamDuration', http['maxStreamDuration'], 'grpc.maxStreamDuration', grpc['maxStreamDuration']],
  ] as const;
  return toOnly('MeshTimeout', {
    connectionTimeout: conf['connectTimeout'],
    idleTimeout: http['idleTimeout'] ?? tcp['idleTimeout'],
    http: present({
      requestTimeout: http['requestTimeout'],
      streamIdleTimeout: http['streamIdleTimeout'] ?? grpc['streamIdleTimeout'],
      maxStreamDuration: http['maxStreamDuration'] ?? grpc['maxStreamDuration'],
    }),
  }, differing.flatMap(([used, value, dropped, other]) => (value !== undefined && other !== undefined && value !== other ? [`${used} counts for all protocols, ${dropped} is dropped`] : [])));
}
