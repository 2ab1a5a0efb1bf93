import type { ServerDuplexStream } from '@grpc/grpc-js';
import { rawStreams, type GrpcService } from '@weft/grpc-transport';

/**
 * The health discovery service. Streams are accepted and left without a specifier, which Envoy takes as "check
 * nothing": active checks of the workload come with service probes.
 */
export function hdsService(): GrpcService {
  return {
    definition: rawStreams('envoy.service.health.v3.HealthDiscoveryService', ['StreamHealthCheck']),
    implementation: {
      StreamHealthCheck: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
        call.on('data', () => undefined);
        call.on('error', () => undefined);
        call.on('end', () => call.end());
      },
    },
  };
}
