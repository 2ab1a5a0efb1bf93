import type { CollectorView } from '@weft/proxy-view';
import { confOf, durationMs, numberOf, objects, textOf, type Conf } from '../conf.ts';
import { collectorOf, placeName } from '../telemetry/collector.ts';

/** A listener for Prometheus. */
export interface PrometheusBackend {
  /** Client that it is for, or `default-backend`. */
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly tls: 'Disabled' | 'ProvidedTLS' | 'ActiveMTLSBackend';
}

/** A collector that the agent pushes metrics to. */
export interface MetricCollector {
  readonly name: string;
  readonly collector: CollectorView;
  readonly refreshIntervalMs: number;
}

/** A merged MeshMetric conf. */
export interface MetricSettings {
  readonly prometheus: readonly PrometheusBackend[];
  readonly collectors: readonly MetricCollector[];
  readonly sidecar: Conf;
  readonly applications: readonly Conf[];
}

const DEFAULT_PORT = 5670;
const MINUTE_MS = 60_000;
const TLS_MODES = ['Disabled', 'ProvidedTLS', 'ActiveMTLSBackend'] as const;

/** What a merged conf asks for, with defaults; undefined where it names no backend. Of backends with one name the first counts. */
export function metricSettings(conf: unknown): MetricSettings | undefined {
  const { backends, sidecar, applications } = confOf(conf);
  const all = objects(backends);
  const prometheus = byName(all.flatMap((backend) => (backend['type'] === 'Prometheus' ? [prometheusBackend(confOf(backend['prometheus']))] : [])));
  const collectors = byName(all.flatMap(metricCollector));
  if (prometheus.length + collectors.length === 0) return undefined;
  return { prometheus, collectors, sidecar: confOf(sidecar), applications: objects(applications) };
}

/** Those that get a listener: of backends with one port the first, and none whose port something else of the proxy has. */
export function servedBackends(backends: readonly PrometheusBackend[], taken: Iterable<number>): PrometheusBackend[] {
  const ports = new Set(taken);
  return backends.filter(({ port }) => !ports.has(port) && ports.add(port));
}

function prometheusBackend({ clientId, port, path, tls }: Conf): PrometheusBackend {
  const mode = confOf(tls)['mode'];
  return { name: textOf(clientId) ?? 'default-backend', port: numberOf(port) ?? DEFAULT_PORT, path: textOf(path) ?? '/metrics', tls: TLS_MODES.find((known) => known === mode) ?? 'Disabled' };
}

function metricCollector(backend: Conf): MetricCollector[] {
  const collector = collectorOf(backend);
  const every = durationMs(confOf(backend['openTelemetry'])['refreshInterval']) ?? MINUTE_MS;
  return collector === undefined ? [] : [{ name: collector.name ?? placeName(collector), collector, refreshIntervalMs: every }];
}

function byName<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return items.filter(({ name }, index) => items.findIndex((other) => other.name === name) === index);
}
