import { collectorSocketPath, type DynamicDocument } from '@weft/envoy-builders';
import { canonicalJson, formatDuration, sha256Hex } from '@weft/kernel';
import { forwardsTelemetry, type CollectorView, type NamedCollector, type ProxyView, type TelemetrySignal } from '@weft/proxy-view';
import { metricSettings } from '../mesh-metric/metric-settings.ts';
import type { Conf } from '../conf.ts';

/** Where Envoy, or the agent itself, sends what is for a named collector: the agent's socket; undefined where the agent takes nothing. */
export function agentSocket({ client }: Pick<ProxyView, 'client'>, name: string): string | undefined {
  return forwardsTelemetry(client) ? collectorSocketPath(client.workdir, name) : undefined;
}

/** Whether what is for this collector passes the agent. */
export function isForwarded({ client }: Pick<ProxyView, 'client'>, { name }: CollectorView): boolean {
  return name !== undefined && forwardsTelemetry(client);
}

/** What the agent is told of collectors: the socket of each, where it leads, what is sent. Shape of Kuma 2.14. Undefined where there is nothing. */
export function otelDocument(view: ProxyView): DynamicDocument | undefined {
  const { client, collectors = [], confs } = view;
  const all = collectors.map((each) => ({ ...each, signals: each.signals.filter((signal) => passesAgent(each, signal)) })).filter(({ signals }) => signals.length > 0);
  if (!forwardsTelemetry(client) || all.length === 0) return undefined;
  const intervals = new Map(metricSettings(confs['MeshMetric'])?.collectors.map(({ name, refreshIntervalMs }) => [name, refreshIntervalMs]));
  const backends = all.map(({ collector, signals }) => {
    const { name, address, port, protocol, path, isImplied, env = {} } = collector;
    const policy = { mode: env.mode ?? 'Optional', precedence: env.precedence ?? 'EnvFirst', allowSignalOverrides: env.allowSignalOverrides ?? true };
    const plan = (signal: TelemetrySignal): Conf => ({
      enabled: true,
      ...(policy.mode !== 'Disabled' && isContested(all, signal) && { blockedReasons: ['MultipleBackendsForSignal'] }),
      ...(signal === 'metrics' && { refreshInterval: formatDuration(intervals.get(name) ?? 60_000) }),
    });
    return {
      name, socketPath: collectorSocketPath(client.workdir, name),
      endpoint: isImplied === true ? '' : `${address.includes(':') ? `[${address}]` : address}:${port}`,
      useHTTP: protocol === 'http', ...(path !== undefined && { path }), envPolicy: policy,
      ...Object.fromEntries(signals.map((signal) => [signal, plan(signal)])),
    };
  });
  const body = canonicalJson({ backends });
  return { name: 'otel', body, etag: sha256Hex(body) };
}

/** Envoy sends spans to a collector over HTTP by itself. */
function passesAgent({ collector }: NamedCollector, signal: TelemetrySignal): boolean {
  return signal !== 'traces' || collector.protocol === 'grpc';
}

/** Variables of the environment name one place per signal: of several backends that would take them, none does. */
function isContested(all: readonly NamedCollector[], signal: TelemetrySignal): boolean {
  return all.filter(({ collector, signals }) => signals.includes(signal) && collector.env?.mode !== 'Disabled').length > 1;
}
