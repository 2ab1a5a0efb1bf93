import { collectorSocketPath, type DynamicDocument } from '@weft/envoy-builders';
import { canonicalJson, sha256Hex } from '@weft/kernel';
import type { ProxyView } from '@weft/proxy-view';
import type { Conf } from '../conf.ts';
import { isForwarded } from '../telemetry/otel-document.ts';
import { metricSettings, type MetricSettings } from './metric-settings.ts';

/** What the agent is told of metrics: whom to ask, what to leave out, whom to push to. Shape of Kuma 2.14, with the collectors' protocol. */
export function metricDocument(view: ProxyView): DynamicDocument | undefined {
  const settings = metricSettings(view.confs['MeshMetric']);
  if (settings === undefined) return undefined;
  const metrics = { applications: applications(settings), backends: backends(settings, view), sidecar: settings.sidecar, extraLabels: labels(view) };
  const body = canonicalJson({ observability: { metrics } });
  return { name: 'meshmetric', body, etag: sha256Hex(body) };
}

function applications({ applications: all }: MetricSettings): Conf[] {
  return all.map(({ name, path, port, address }) => ({ ...(name !== undefined && { name }), path: path ?? '/metrics', port, address: address ?? '127.0.0.1' }));
}

/** Those that stand in the agent's other document are left out. */
function backends({ prometheus, collectors }: MetricSettings, view: ProxyView): Conf[] {
  const { workdir } = view.client;
  return [
    ...prometheus.map(({ name }) => ({ type: 'Prometheus', name })),
    ...collectors.filter(({ collector }) => !isForwarded(view, collector)).map(({ name, collector: { protocol, path }, refreshIntervalMs }) => ({
      type: 'OpenTelemetry', name,
      openTelemetry: { endpoint: collectorSocketPath(workdir, name), refreshInterval: `${refreshIntervalMs}ms`, ...(protocol === 'http' && { protocol, path: `${(path ?? '').replace(/\/$/, '')}/v1/metrics` }) },
    })),
  ];
}

/** What every metric is labelled with. */
function labels({ key, telemetry, mesh }: ProxyView): Conf {
  const all = { mesh: mesh.name, dataplane: key.name, kuma_proxy_role: 'sidecar', kuma_io_service: telemetry?.service ?? '', kuma_io_zone: telemetry?.zone ?? '', kuma_workload: telemetry?.workload ?? '' };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}
