import { canonicalJson } from '@weft/kernel';
import { agentSocket, buildLogCollector, buildMetrics, buildTraceCollector, outboundLogCollectors, ownLogCollectors as ownLogCollectorsOf, traceCollector as traceCollectorOf } from '@weft/policy-plugins';
import type { CollectorView } from '@weft/proxy-view';
import type { GroupGenerator, ProxyGenerator, Unit } from './generator.ts';

const ORIGIN = 'meshaccesslog';

/** The cluster of the collector of spans: one for all of a proxy. */
export const traceCollector: ProxyGenerator = {
  name: 'trace collector',
  origin: 'meshtrace',
  scope: 'proxy',
  units: (view) => {
    const { telemetry, unifiedNaming } = view;
    const collector = traceCollectorOf(telemetry?.trace);
    const socket = collector?.name === undefined ? undefined : agentSocket(view, collector.name);
    const key = `trace collector ${canonicalJson([telemetry?.trace ?? null, socket ?? null])} ${String(unifiedNaming)}`;
    return collector === undefined ? [] : [{ id: 'trace collector', key, build: () => [buildTraceCollector(collector, unifiedNaming, socket)] }];
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
    const facts = { conf: confs['MeshMetric'], workdir: client.workdir, ipv6: client.ipv6Enabled, tls: client.metricsTls ?? null, reusePort: client.features.has('feature-reuse-port'), key, address, adminPort, unifiedNaming, mesh, credentials: credentials ?? null, forwards: client.features.has('feature-otel-via-kuma-dp'), ports: inbounds.map(({ port }) => port) };
    return [{ id: 'metrics', key: `metrics ${canonicalJson(facts)}`, build: () => buildMetrics(view) }];
  },
};

/** Clusters of the collectors that inbounds, and connections out of the mesh, log to; and of all that are resources, as it is the proxy's agent who may reach them. */
export const ownLogCollectors: ProxyGenerator = {
  name: 'log collectors of inbounds',
  origin: ORIGIN,
  scope: 'proxy',
  units: (view) => {
    const { inbounds, confs, unifiedNaming, ingress, egress, collectors = [] } = view;
    const logged = [...inbounds, ...(ingress?.listeners ?? []), ...(egress?.listeners ?? []).flatMap(({ destinations }) => destinations)];
    const named = collectors.filter(({ signals }) => signals.includes('logs')).map(({ collector }) => logCollector(collector, unifiedNaming, agentSocket(view, collector.name)));
    return [...ownLogCollectorsOf(logged, confs).filter(({ name }) => name === undefined).map((collector) => logCollector(collector, unifiedNaming)), ...named];
  },
};

/** Clusters of the collectors that outbounds log to, where policies name the place itself. */
export const sharedLogCollectors: GroupGenerator = {
  name: 'log collectors of outbounds',
  origin: ORIGIN,
  scope: 'group',
  * units({ outbounds }, { unifiedNaming }) {
    for (const collector of outboundLogCollectors(outbounds)) if (collector.name === undefined) yield logCollector(collector, unifiedNaming);
  },
};

function logCollector(collector: CollectorView, unified: boolean, socket?: string): Unit {
  const key = `log collector ${canonicalJson([collector, socket ?? null])} ${String(unified)}`;
  return { id: key, key, build: () => [buildLogCollector(collector, unified, socket)] };
}
