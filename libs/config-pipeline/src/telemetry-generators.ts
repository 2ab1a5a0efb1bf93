import { canonicalJson } from '@weft/kernel';
import { buildLogCollector, buildMetrics, buildTraceCollector, outboundLogCollectors, ownLogCollectors as ownLogCollectorsOf, traceCollector as traceCollectorOf } from '@weft/policy-plugins';
import type { CollectorView } from '@weft/proxy-view';
import type { GroupGenerator, ProxyGenerator, Unit } from './generator.ts';

const ORIGIN = 'meshaccesslog';

/** The cluster of the collector of spans: one for all of a proxy. */
export const traceCollector: ProxyGenerator = {
  name: 'trace collector',
  origin: 'meshtrace',
  scope: 'proxy',
  units: ({ telemetry, unifiedNaming }) => {
    const collector = traceCollectorOf(telemetry?.trace);
    const key = `trace collector ${canonicalJson(telemetry?.trace ?? null)} ${String(unifiedNaming)}`;
    return collector === undefined ? [] : [{ id: 'trace collector', key, build: () => [buildTraceCollector(collector, unifiedNaming)] }];
  },
};

/** Listeners and clusters of metrics. */
export const metrics: ProxyGenerator = {
  name: 'metrics',
  origin: 'meshmetric',
  scope: 'proxy',
  units: (view) => {
    const { confs, client, key, address, adminPort, unifiedNaming, mesh, credentials, inbounds } = view;
    if (confs['MeshMetric'] === undefined) return [];
    const facts = { conf: confs['MeshMetric'], workdir: client.workdir, ipv6: client.ipv6Enabled, tls: client.metricsTls ?? null, reusePort: client.features.has('feature-reuse-port'), key, address, adminPort, unifiedNaming, mesh, credentials: credentials ?? null, ports: inbounds.map(({ port }) => port) };
    return [{ id: 'metrics', key: `metrics ${canonicalJson(facts)}`, build: () => buildMetrics(view) }];
  },
};

/** Clusters of the collectors that inbounds, and connections out of the mesh, log to. */
export const ownLogCollectors: ProxyGenerator = {
  name: 'log collectors of inbounds',
  origin: ORIGIN,
  scope: 'proxy',
  units: ({ inbounds, confs, unifiedNaming }) => ownLogCollectorsOf(inbounds, confs).map((collector) => logCollector(collector, unifiedNaming)),
};

/** Clusters of the collectors that outbounds log to. */
export const sharedLogCollectors: GroupGenerator = {
  name: 'log collectors of outbounds',
  origin: ORIGIN,
  scope: 'group',
  * units({ outbounds }, { unifiedNaming }) {
    for (const collector of outboundLogCollectors(outbounds)) yield logCollector(collector, unifiedNaming);
  },
};

function logCollector(collector: CollectorView, unified: boolean): Unit {
  const key = `log collector ${canonicalJson(collector)} ${String(unified)}`;
  return { id: key, key, build: () => [buildLogCollector(collector, unified)] };
}
