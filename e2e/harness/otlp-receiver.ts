import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import type { AnyValue, KeyValue } from '@weft/envoy-proto/opentelemetry/proto/common/v1/common_pb.js';
import { ExportLogsServiceRequestSchema } from '@weft/envoy-proto/opentelemetry/proto/collector/logs/v1/logs_service_pb.js';
import { ExportMetricsServiceRequestSchema } from '@weft/envoy-proto/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js';
import { ExportTraceServiceRequestSchema } from '@weft/envoy-proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';

/** Attributes as plain data. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One log record, span or metric with what its resource says. */
export interface Received<Item> {
  readonly resource: Attributes;
  readonly item: Item;
}

/** A collector: takes OTLP over gRPC on a port of loopback, and keeps what came. */
export class OtlpReceiver {
  readonly logs: Received<{ readonly body: unknown; readonly attributes: Attributes }>[] = [];
  readonly spans: Received<{ readonly name: string; readonly kind: number; readonly traceId: string; readonly spanId: string; readonly parent: string; readonly attributes: Attributes }>[] = [];
  readonly metrics: Received<{ readonly name: string; readonly kind: string | undefined }>[] = [];
  readonly #server = new Server();

  /** Listens. Port 0 means any. */
  static async listen(port = 0): Promise<OtlpReceiver & { readonly port: number }> {
    const receiver = new OtlpReceiver();
    receiver.#serve('logs.v1.LogsService', ExportLogsServiceRequestSchema, ({ resourceLogs }) => {
      for (const { resource, scopeLogs } of resourceLogs) for (const { body, attributes } of scopeLogs.flatMap(({ logRecords }) => logRecords)) receiver.logs.push({ resource: plain(resource?.attributes), item: { body: plainValue(body), attributes: plain(attributes) } });
    });
    receiver.#serve('trace.v1.TraceService', ExportTraceServiceRequestSchema, ({ resourceSpans }) => {
      for (const { resource, scopeSpans } of resourceSpans) for (const { name, kind, traceId, spanId, parentSpanId, attributes } of scopeSpans.flatMap(({ spans }) => spans)) receiver.spans.push({ resource: plain(resource?.attributes), item: { name, kind, traceId: hex(traceId), spanId: hex(spanId), parent: hex(parentSpanId), attributes: plain(attributes) } });
    });
    receiver.#serve('metrics.v1.MetricsService', ExportMetricsServiceRequestSchema, ({ resourceMetrics }) => {
      for (const { resource, scopeMetrics } of resourceMetrics) for (const { name, data } of scopeMetrics.flatMap(({ metrics }) => metrics)) receiver.metrics.push({ resource: plain(resource?.attributes), item: { name, kind: data.case } });
    });
    const bound = await new Promise<number>((resolve, reject) => receiver.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, given) => (error === null ? resolve(given) : reject(error))));
    return Object.assign(receiver, { port: bound });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #serve<Desc extends DescMessage>(name: string, schema: Desc, take: (request: MessageShape<Desc>) => void): void {
    const service = `opentelemetry.proto.collector.${name}`;
    const method = { path: `/${service}/Export`, requestStream: false, responseStream: false, requestSerialize: (bytes: Buffer) => bytes, requestDeserialize: (bytes: Buffer) => bytes, responseSerialize: (bytes: Buffer) => bytes, responseDeserialize: (bytes: Buffer) => bytes };
    this.#server.addService({ export: method }, {
      export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        take(fromBinary(schema, call.request));
        answer(null, Buffer.alloc(0));
      },
    });
  }
}

function plain(attributes: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(any: AnyValue | undefined): unknown {
  if (any?.value.case === 'arrayValue') return any.value.value.values.map(plainValue);
  return any?.value.case === 'kvlistValue' ? plain(any.value.value.values) : any?.value.value;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
