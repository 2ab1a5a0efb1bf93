import type { EnvoyResource } from '@weft/envoy-builders';
import type { CollectorView, InboundPolicyRules, OutboundView, ProxyView } from '@weft/proxy-view';
import { collectorCluster, collectorsOf, placeName } from '../telemetry/collector.ts';

const TYPE = 'MeshAccessLog';

/** The collectors that access logs of these (inbounds, listeners of zone proxies), and of what leaves the mesh, go to. */
export function ownLogCollectors(inbounds: readonly { readonly rules?: Readonly<Record<string, InboundPolicyRules>> }[], confs: ProxyView['confs']): readonly CollectorView[] {
  return collectorsOf([...inbounds.flatMap(({ rules }) => (rules?.[TYPE]?.inbound ?? []).map(({ conf }) => conf)), confs[TYPE]]);
}

/** The collectors that access logs of outbounds go to. */
export function outboundLogCollectors(outbounds: readonly OutboundView[]): readonly CollectorView[] {
  return collectorsOf(outbounds.flatMap(({ conf, routes }) => [conf[TYPE], ...routes.map((route) => route.conf[TYPE])]));
}

/** The cluster of such a collector; `socket`: of the agent that forwards to it. */
export function buildLogCollector(collector: CollectorView, unified: boolean, socket?: string): EnvoyResource {
  return collectorCluster(logClusterName(collector, unified), { ...collector, http2: true, socket });
}

/** Kuma numbers them in each proxy; here the name says where it leads, so that proxies share what refers to it. */
export function logClusterName(collector: CollectorView, unified: boolean): string {
  const { name, address, port } = collector;
  if (!unified) return `meshaccesslog:opentelemetry:${name ?? `${address}:${port}`}`;
  return name === undefined ? `system_meshaccesslog_${placeName(collector)}` : `system_meshaccesslog_otel_${name}`;
}
