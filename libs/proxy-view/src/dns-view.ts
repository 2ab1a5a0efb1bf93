import type { DataplaneEntry } from '@weft/mesh-index';
import { usesUnifiedNaming, redirectionOf } from './proxy-class.ts';
import type { DnsView, MeshView, ProxyClient } from './proxy-view.ts';

/** Labels of a Dataplane that become labels of metrics, by the metric's label. Source: Kuma 2.14. */
const METRIC_LABELS = { k8s_kuma_io_namespace: 'k8s.kuma.io/namespace', kuma_io_zone: 'kuma.io/zone', kuma_workload: 'kuma.io/workload' } as const;

/** In these every agent knows that no other names exist. */
const KNOWN_DOMAIN = /(^|\.)mesh(\.local)?$/;

/** What of a proxy decides how it answers names. */
interface Asked {
  readonly entry: DataplaneEntry;
  readonly client: ProxyClient;
  readonly meshView: MeshView;
  readonly domains: readonly string[];
}

/** How the proxy answers names: not at all unless its connections and its DNS are redirected. */
export function dnsView({ entry, client, meshView: mesh, domains }: Asked): DnsView | undefined {
  const redirection = client.features.has('feature-bind-outbounds') ? undefined : redirectionOf(entry, client);
  if (redirection === undefined || client.dnsPort === undefined) return undefined;
  const shared = { unifiedNaming: usesUnifiedNaming(client, mesh), ipv6: redirection.ipv6 };
  if (!client.features.has('feature-embedded-dns')) return { by: 'envoy', ...shared, port: client.dnsPort };
  const { labels } = entry.resource;
  const known = Object.entries(METRIC_LABELS).flatMap(([metric, label]) => (labels[label] === undefined ? [] : [[metric, labels[label]] as const]));
  const others = domains.filter((domain) => !KNOWN_DOMAIN.test(domain));
  return { by: 'agent', ...shared, labels: Object.fromEntries([...known, ['mesh', mesh.name] as const]), ...(others.length > 0 && { domains: others }) };
}
