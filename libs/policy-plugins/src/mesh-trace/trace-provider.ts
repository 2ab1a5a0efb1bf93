import { create } from '@bufbuild/protobuf';
import { duration, extension } from '@weft/envoy-builders';
import { DatadogConfigSchema } from '@weft/envoy-proto/envoy/config/trace/v3/datadog_pb.js';
import { Tracing_HttpSchema, type Tracing_Http } from '@weft/envoy-proto/envoy/config/trace/v3/http_tracer_pb.js';
import { OpenTelemetryConfigSchema } from '@weft/envoy-proto/envoy/config/trace/v3/opentelemetry_pb.js';
import { ZipkinConfig_CollectorEndpointVersion, ZipkinConfigSchema } from '@weft/envoy-proto/envoy/config/trace/v3/zipkin_pb.js';
import { traceClusterName, type TraceCollector } from './trace-collector.ts';

/** Whose spans, and where in the proxy they arise. */
export interface SpanSource {
  readonly unifiedNaming: boolean;
  readonly service: string;
  /** `INBOUND`, or `OUTBOUND_<destination>`. */
  readonly direction: string;
}

/** Envoy's tracer for a collector. Zipkin takes the service from the node; the others are told it. */
export function traceProvider(collector: TraceCollector, source: SpanSource): Tracing_Http {
  const cluster = traceClusterName(collector, source.unifiedNaming);
  switch (collector.kind) {
    case 'zipkin': return create(Tracing_HttpSchema, zipkin(collector, cluster));
    case 'datadog': return create(Tracing_HttpSchema, extension('envoy.tracers.datadog', DatadogConfigSchema, { collectorCluster: cluster, serviceName: collector.settings['splitService'] === true ? `${source.service}_${source.direction}` : source.service }));
    case 'opentelemetry': return create(Tracing_HttpSchema, openTelemetry(collector, cluster, source));
  }
}

function zipkin({ settings, path, host }: TraceCollector, cluster: string): ReturnType<typeof extension> {
  const { HTTP_JSON, HTTP_PROTO } = ZipkinConfig_CollectorEndpointVersion;
  return extension('envoy.tracers.zipkin', ZipkinConfigSchema, {
    collectorCluster: cluster,
    collectorEndpoint: path,
    collectorHostname: host,
    collectorEndpointVersion: settings['apiVersion'] === 'httpProto' ? HTTP_PROTO : HTTP_JSON,
    traceId128bit: settings['traceId128bit'] === true,
    sharedSpanContext: settings['sharedSpanContext'] !== false,
  });
}

function openTelemetry({ settings, path, host }: TraceCollector, cluster: string, { service }: SpanSource): ReturnType<typeof extension> {
  return extension('envoy.tracers.opentelemetry', OpenTelemetryConfigSchema, {
    serviceName: service,
    ...(settings['protocol'] === 'http'
      ? { httpService: { httpUri: { uri: `http://${host}${path}`, httpUpstreamType: { case: 'cluster', value: cluster }, timeout: duration(10_000) } } }
      : { grpcService: { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: cluster } } } }),
  });
}
