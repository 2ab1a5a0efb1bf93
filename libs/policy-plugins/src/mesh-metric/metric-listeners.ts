import { create } from '@bufbuild/protobuf';
import {
  clusterResource, collectorSocketPath, credentialsOf, downstreamTls, explicitLimits, finishChain, finishCluster, listenerResource, loopback, metricsSocketPath, pipeAddress, socketAddress, staticCluster, statName,
  type EnvoyResource,
} from '@weft/envoy-builders';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { DownstreamTlsContextSchema, type DownstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { ProxyView } from '@weft/proxy-view';
import { collectorCluster } from '../telemetry/collector.ts';
import { isForwarded } from '../telemetry/otel-document.ts';
import { metricSettings, servedBackends, type MetricCollector, type PrometheusBackend } from './metric-settings.ts';

/**
 * MeshMetric: for Prometheus a listener on the Dataplane's address that leads to the agent, which joins Envoy's metrics with those of
 * applications; for collectors a socket by which the agent reaches them. Empty where the proxy has no folder of an agent.
 */
export function buildMetrics(view: ProxyView): EnvoyResource[] {
  const settings = metricSettings(view.confs['MeshMetric']);
  if (settings === undefined || view.client.workdir === '') return [];
  const listeners = servedBackends(settings.prometheus, [view.adminPort, ...view.inbounds.map(({ port }) => port)]).flatMap((backend) => prometheusListener(view, backend));
  return [...listeners, ...(listeners.length > 0 ? [agentCluster(view)] : []), ...settings.collectors.filter(({ collector }) => !isForwarded(view, collector)).flatMap((collector) => wayToCollector(view, collector))];
}

function prometheusListener(view: ProxyView, backend: PrometheusBackend): EnvoyResource[] {
  const { unifiedNaming: unified, client } = view;
  const tls = tlsOf(view, backend);
  if (tls === 'missing') return [];
  const name = unified ? `system_meshmetric_prometheus_${backend.name}` : `_kuma:metrics:prometheus:${backend.name}`;
  const hcm = create(HttpConnectionManagerSchema, {
    statPrefix: statName(name),
    internalAddressConfig: { cidrRanges: loopback(client.ipv6Enabled) },
    routeSpecifier: {
      case: 'routeConfig',
      value: {
        name,
        validateClusters: false,
        virtualHosts: [{
          name,
          domains: ['*'],
          routes: [{ match: { pathSpecifier: { case: 'prefix', value: backend.path } }, action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: agentClusterName(unified) }, prefixRewrite: '/meshmetric' } } }],
        }],
      },
    },
  });
  return [listenerResource(create(ListenerSchema, {
    name,
    ...(unified && { statPrefix: statName(name) }),
    address: socketAddress(view.address, backend.port),
    trafficDirection: TrafficDirection.INBOUND,
    ...(client.features.has('feature-reuse-port') && { enableReusePort: true }),
    filterChains: [finishChain({ match: undefined, tls, networkFilters: [], terminal: { kind: 'http', httpFilters: [], hcm } })],
  }))];
}

/** `missing`: asked for, and the agent was given no certificate; then there is no listener rather than an open one. */
function tlsOf({ client: { metricsTls }, mesh, credentials, unifiedNaming }: ProxyView, { tls }: PrometheusBackend): DownstreamTlsContext | undefined | 'missing' {
  if (tls === 'Disabled') return undefined;
  // Kuma serves plaintext here; whoever asks for the mesh's TLS gets it, as far as the mesh has any.
  if (tls === 'ActiveMTLSBackend') return mesh.mtls === undefined && credentials === undefined ? undefined : downstreamTls(credentialsOf({ mesh, unifiedNaming, ...(credentials !== undefined && { credentials }) }), {});
  if (metricsTls === undefined) return 'missing';
  return create(DownstreamTlsContextSchema, {
    commonTlsContext: { tlsCertificates: [{ certificateChain: { specifier: { case: 'filename', value: metricsTls.certPath } }, privateKey: { specifier: { case: 'filename', value: metricsTls.keyPath } } }] },
  });
}

function agentClusterName(unified: boolean): string {
  return unified ? 'system_meshmetric_hijacker' : '_kuma:metrics:hijacker';
}

function agentCluster({ client, key, unifiedNaming }: ProxyView): EnvoyResource {
  const path = metricsSocketPath({ workdir: client.workdir, name: key.name, mesh: key.mesh });
  return clusterResource(finishCluster({ protocol: 'tcp', cluster: explicitLimits(staticCluster(agentClusterName(unifiedNaming), pipeAddress(path), 5000)), http: undefined, tls: undefined }));
}

/** The agent speaks to its Envoy, and bytes go on as they are: gRPC and HTTP alike. */
function wayToCollector({ client, unifiedNaming }: ProxyView, { name, collector }: MetricCollector): EnvoyResource[] {
  const cluster = unifiedNaming ? `system_meshmetric_otel_${name}` : `_kuma:metrics:opentelemetry:${name}`;
  const proxy = create(TcpProxySchema, { statPrefix: statName(cluster), clusterSpecifier: { case: 'cluster', value: cluster } });
  return [
    listenerResource(create(ListenerSchema, {
      name: cluster,
      ...(unifiedNaming && { statPrefix: statName(cluster) }),
      address: pipeAddress(collectorSocketPath(client.workdir, name)),
      filterChains: [finishChain({ match: undefined, tls: undefined, networkFilters: [], terminal: { kind: 'tcp', proxy } })],
    })),
    collectorCluster(cluster, collector),
  ];
}
