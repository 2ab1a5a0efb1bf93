import { parseDuration } from '@weft/kernel';
import { object, parseDocument, text, type JsonObject } from '../document-parts.ts';

/** An application that gives metrics in Prometheus' text format. */
export interface ScrapedApplication {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** A collector that metrics are pushed to, by way of Envoy's socket. */
export interface PushTarget {
  readonly name: string;
  readonly socketPath: string;
  readonly refreshIntervalMs: number;
  /** Path of OTLP over HTTP; undefined: gRPC. */
  readonly httpPath: string | undefined;
}

/** What chooses a metric by its name. */
export interface MetricSelector {
  readonly type: string;
  readonly match: string;
}

/** Which of Envoy's metrics are wanted. */
export interface SidecarProfile {
  readonly profiles: readonly string[];
  readonly include: readonly MetricSelector[];
  readonly exclude: readonly MetricSelector[];
  /** Also what Envoy has not touched yet. */
  readonly includeUnused: boolean;
}

/** What the agent does about metrics. */
export interface MetricsConfig {
  readonly applications: readonly ScrapedApplication[];
  readonly targets: readonly PushTarget[];
  readonly sidecar: SidecarProfile;
  readonly labels: Readonly<Record<string, string>>;
}

/** Without a policy: Envoy's own metrics, nothing pushed. */
export const NO_METRICS_CONFIG: MetricsConfig = { applications: [], targets: [], sidecar: { profiles: [], include: [], exclude: [], includeUnused: false }, labels: {} };

const MINUTE_MS = 60_000;

/** Reads `/meshmetric`. A member of another shape counts as absent; undefined where the document is no JSON object. */
export function readMetricsConfig(document: string): MetricsConfig | undefined {
  const parsed = parseDocument(document);
  if (parsed === undefined) return undefined;
  const metrics = object(object(parsed['observability'])['metrics']);
  const sidecar = object(metrics['sidecar']);
  const profiles = object(sidecar['profiles']);
  return {
    applications: list(metrics['applications']).flatMap(application),
    targets: list(metrics['backends']).flatMap(target),
    sidecar: {
      profiles: list(profiles['appendProfiles']).map(({ name }) => text(name)),
      include: list(profiles['include']).map(selector),
      exclude: list(profiles['exclude']).map(selector),
      includeUnused: sidecar['includeUnused'] === true,
    },
    labels: Object.fromEntries(Object.entries(object(metrics['extraLabels'])).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))),
  };
}

function application({ name, address, port, path }: JsonObject): ScrapedApplication[] {
  if (typeof port !== 'number') return [];
  const host = text(address) === '' ? '127.0.0.1' : text(address);
  return [{ name: text(name) === '' ? `${host}:${port}` : text(name), host, port, path: text(path) === '' ? '/metrics' : text(path) }];
}

function target({ type, name, openTelemetry }: JsonObject): PushTarget[] {
  const { endpoint, refreshInterval, protocol, path } = object(openTelemetry);
  if (type !== 'OpenTelemetry' || text(endpoint) === '') return [];
  const every = parseDuration(text(refreshInterval));
  return [{ name: text(name), socketPath: text(endpoint), refreshIntervalMs: every.ok && every.value > 0 ? every.value : MINUTE_MS, httpPath: protocol === 'http' ? text(path) : undefined }];
}

function selector({ type, match }: JsonObject): MetricSelector {
  return { type: text(type), match: text(match) };
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(object) : [];
}
