import type { ServerDuplexStream } from '@grpc/grpc-js';
import { rawStreams, type GrpcService } from '@weft/grpc-transport';
import { AdsCall, DELTA, SOTW, type AdsPorts } from './ads-call.ts';

type Call = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Both variants of the aggregated discovery service. */
export function adsService(ports: AdsPorts): GrpcService {
  return {
    definition: rawStreams('envoy.service.discovery.v3.AggregatedDiscoveryService', ['StreamAggregatedResources', 'DeltaAggregatedResources']),
    implementation: {
      StreamAggregatedResources: (call: Call) => new AdsCall(call, SOTW, ports),
      DeltaAggregatedResources: (call: Call) => new AdsCall(call, DELTA, ports),
    },
  };
}
