import { status, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { GrpcService } from '@weft/grpc-transport';
import { KDS_DEFINITIONS, methodName, type KdsStreamName } from './kds-definitions.ts';
import { readZoneCall, type ZoneCall } from './zone-call.ts';

/** A stream of message bytes, seen from the global control plane. */
export type KdsServerStream = ServerDuplexStream<Uint8Array, Uint8Array>;

/** What serves the calls of zones. A stream handler owns the stream that it is given; errors are told to the zone with `stream.destroy`. */
export type KdsHandlers = {
  readonly [name in KdsStreamName]: (call: ZoneCall, stream: KdsServerStream) => void;
} & {
  /** Takes an encoded ZoneHealthCheckRequest, gives an encoded ZoneHealthCheckResponse. */
  readonly healthCheck: (call: ZoneCall, request: Uint8Array) => Promise<Uint8Array>;
};

const NO_ZONE = '"client-id" is not present in metadata';

/**
 * The services of the global control plane, for a gRPC server. Messages may come compressed with gzip, as stock zones send
 * all of theirs. A call that does not name its zone fails: streams with UNKNOWN, a health check with INVALID_ARGUMENT (Kuma 2.14).
 */
export function kdsServices(handlers: KdsHandlers): readonly GrpcService[] {
  const streams = (names: readonly KdsStreamName[]): UntypedServiceImplementation => Object.fromEntries(names.map((name) => [methodName(name), streaming(handlers[name])]));
  return [
    { definition: KDS_DEFINITIONS.sync, implementation: streams(['globalToZone', 'zoneToGlobal']) },
    { definition: KDS_DEFINITIONS.global, implementation: { ...streams(['configDumps', 'stats', 'clusters']), HealthCheck: answering(handlers.healthCheck) } },
  ];
}

function streaming(handler: (call: ZoneCall, stream: KdsServerStream) => void): (stream: KdsServerStream) => void {
  return (stream) => {
    const call = readZoneCall(stream.metadata);
    if (call === undefined) stream.emit('error', { code: status.UNKNOWN, details: NO_ZONE });
    else handler(call, stream);
  };
}

function answering(handler: KdsHandlers['healthCheck']): (call: ServerUnaryCall<Uint8Array, Uint8Array>, answer: sendUnaryData<Uint8Array>) => void {
  return (unary, answer) => {
    const call = readZoneCall(unary.metadata);
    if (call === undefined) return answer({ code: status.INVALID_ARGUMENT, details: NO_ZONE });
    handler(call, unary.request).then(
      (response) => answer(null, response),
      (error: unknown) => answer({ code: status.INTERNAL, details: error instanceof Error ? error.message : String(error) }),
    );
  };
}
