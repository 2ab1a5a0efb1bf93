import type { MeshState } from '@weft/mesh-index';
import { compareText } from '@weft/kernel';
import { displayName, selects } from '@weft/policy-engine';
import type { CollectorView } from './proxy-view.ts';

/** Policy types whose backends may be collectors. */
const TYPES: ReadonlySet<string> = new Set(['MeshAccessLog', 'MeshTrace', 'MeshMetric']);
/** OTLP over gRPC. */
const DEFAULT_PORT = 4317;

interface Telemetry {
  readonly endpoint?: string;
  readonly backendRef?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
}

/** The conf with each OpenTelemetry backend's collector as `openTelemetry.collector`; a backend whose collector does not exist is left out. */
export function withCollectors(type: string, conf: unknown, mesh: MeshState): unknown {
  const backends = TYPES.has(type) ? (conf as { readonly backends?: unknown } | undefined)?.backends : undefined;
  if (!Array.isArray(backends)) return conf;
  return { ...(conf as object), backends: backends.flatMap((backend: { readonly openTelemetry?: Telemetry }) => withCollector(backend, mesh)) };
}

function withCollector(backend: { readonly openTelemetry?: Telemetry }, mesh: MeshState): readonly object[] {
  const { openTelemetry } = backend;
  if (openTelemetry === undefined) return [backend];
  const { endpoint, backendRef, ...rest } = openTelemetry;
  const collector = endpoint !== undefined ? atEndpoint(endpoint) : resolved(backendRef ?? {}, mesh);
  return collector === undefined ? [] : [{ ...backend, openTelemetry: { ...rest, collector } }];
}

/** `host[:port]`, IPv6 in brackets where a port follows. */
function atEndpoint(endpoint: string): CollectorView {
  const parts = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(endpoint);
  return { address: parts?.[1] ?? endpoint, port: parts?.[2] === undefined ? DEFAULT_PORT : Number(parts[2]), protocol: 'grpc' };
}

/** Where the collector is that a backend does not place: beside the proxy. Source: Kuma 2.14. */
const LOCALHOST = '127.0.0.1';

/** The oldest of those that the reference means, as in Kuma. */
function resolved({ name, labels }: NonNullable<Telemetry['backendRef']>, mesh: MeshState): CollectorView | undefined {
  const meant = [...mesh.collectors.values()].filter((candidate) => (name !== undefined ? candidate.name === name || displayName(candidate) === name : labels !== undefined && selects(labels, candidate.labels)));
  const [oldest] = meant.sort((a, b) => compareText(a.creationTime, b.creationTime) || compareText(a.name, b.name));
  if (oldest === undefined) return undefined;
  const { endpoint = {}, protocol = 'grpc', env } = oldest.spec;
  const { address = '', port = DEFAULT_PORT, path = '' } = endpoint;
  return { name: oldest.name, address: address === '' ? LOCALHOST : address, port, protocol, ...(path !== '' && { path }), ...(address === '' && endpoint.port === undefined && { isImplied: true }), ...(env !== undefined && { env }) };
}
