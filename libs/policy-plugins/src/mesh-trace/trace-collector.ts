import { create } from '@bufbuild/protobuf';
import { clusterResource, finishCluster, type EnvoyResource } from '@weft/envoy-builders';
import type { Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { UpstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { confOf, objects, textOf, type Conf } from '../conf.ts';
import { collectorCluster, collectorOf, placeName, type CollectorPlace } from '../telemetry/collector.ts';

/** Where spans go: the backend of a MeshTrace, and the cluster of its collector. */
export interface TraceCollector {
  readonly kind: 'zipkin' | 'datadog' | 'opentelemetry';
  /** The block of the backend. */
  readonly settings: Conf;
  readonly place: CollectorPlace & { readonly tls: boolean };
  /** Of the MeshOpenTelemetryBackend that is reached over gRPC, which an agent may forward to. */
  readonly name?: string;
  /** Path and query; `/` where the URL has none. */
  readonly path: string;
  /** Host, with its port where the URL has one. */
  readonly host: string;
}

const KINDS = { Zipkin: 'zipkin', Datadog: 'datadog', OpenTelemetry: 'opentelemetry' } as const;

/** The collector of a merged MeshTrace conf; undefined where no spans are sent. */
export function traceCollector(conf: unknown): TraceCollector | undefined {
  const [backend] = objects(confOf(conf)['backends']);
  const type = textOf(backend?.['type']);
  if (backend === undefined || (type !== 'Zipkin' && type !== 'Datadog' && type !== 'OpenTelemetry')) return undefined;
  const kind = KINDS[type];
  if (kind === 'opentelemetry') return openTelemetry(backend);
  const settings = confOf(backend[kind]);
  return atUrl(kind, settings);
}

/** Name of its cluster. */
export function traceClusterName({ kind, place }: TraceCollector, unified: boolean): string {
  const short = kind === 'opentelemetry' ? 'otel' : kind;
  return unified ? `system_meshtrace_${short}_${placeName(place)}` : `meshtrace:${kind}`;
}

/** Its cluster; TLS where the URL is https, without a check of who answers. `socket`: of the agent that forwards to it. */
export function buildTraceCollector(collector: TraceCollector, unified: boolean, socket?: string): EnvoyResource {
  const name = traceClusterName(collector, unified);
  const place = { ...collector.place, socket };
  const resource = collectorCluster(name, place);
  if (!place.tls) return resource;
  const tls = create(UpstreamTlsContextSchema, { sni: place.address });
  return clusterResource(finishCluster({ protocol: 'tcp', cluster: resource.message as Cluster, http: undefined, tls }));
}

const URL_PARTS = /^(https?):\/\/(?:[^/?#@\s]*@)?(\[[^\]\s]+\]|[^/?#:\s]+)(?::(\d+))?([^#\s]*)/i;

function atUrl(kind: 'zipkin' | 'datadog', settings: Conf): TraceCollector | undefined {
  const [whole, scheme = 'http', host = '', port, path = ''] = URL_PARTS.exec(textOf(settings['url']) ?? '') ?? [];
  if (whole === undefined) return undefined;
  const tls = scheme.toLowerCase() === 'https';
  const address = host.replace(/^\[|\]$/g, '');
  return { kind, settings, place: { address, port: port === undefined ? (tls ? 443 : 80) : Number(port), tls }, path: path.startsWith('/') ? path : `/${path}`, host: port === undefined ? host : `${host}:${port}` };
}

function openTelemetry(backend: Conf): TraceCollector | undefined {
  const collector = collectorOf(backend);
  if (collector === undefined) return undefined;
  const { address, port, protocol, path = '', name } = collector;
  return { kind: 'opentelemetry', ...(name !== undefined && protocol === 'grpc' && { name }), settings: { protocol }, place: { address, port, http2: protocol === 'grpc', tls: false }, path: `${path.replace(/\/$/, '')}/v1/traces`, host: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` };
}

