import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/** Message bytes as they stand on the wire; encoding and decoding are the caller's. */
export type RawMethod = MethodDefinition<Uint8Array, Uint8Array>;

const pass = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Methods in which both sides stream, e.g. `rawStreams('envoy.service.discovery.v3.AggregatedDiscoveryService', ['StreamAggregatedResources'])`. */
export function rawStreams(service: string, methods: readonly string[]): ServiceDefinition {
  const definition = (method: string): RawMethod => ({
    path: `/${service}/${method}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: pass,
    requestDeserialize: pass,
    responseSerialize: pass,
    responseDeserialize: pass,
  });
  return Object.fromEntries(methods.map((method) => [method, definition(method)]));
}
