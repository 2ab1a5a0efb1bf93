import type { Message } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import type { EnvoyResource } from '@weft/envoy-builders';
import { Cluster_DiscoveryType, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import type { TransportSocket } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import type { FilterChain } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import type { Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import type { Route } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import type { RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { DownstreamTlsContextSchema, UpstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { CommonTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';

/** What a resource needs to find beside itself. A reference that is not met makes Envoy wait or fail. */
export interface Reference {
  readonly type: 'cds' | 'eds' | 'rds' | 'sds';
  readonly name: string;
}

/** All references of a resource that Envoy resolves over ADS. */
export function referencesOf({ type, message }: EnvoyResource): readonly Reference[] {
  switch (type) {
    case 'cds': return clusterReferences(message as Cluster);
    case 'lds': return (message as Listener).filterChains.flatMap(chainReferences);
    case 'rds': return (message as RouteConfiguration).virtualHosts.flatMap(({ routes }) => routes.flatMap(routeReferences));
    case 'eds': case 'sds': return [];
  }
}

function clusterReferences(cluster: Cluster): Reference[] {
  const { clusterDiscoveryType: discovery, edsClusterConfig } = cluster;
  const eds = discovery.case === 'type' && discovery.value === Cluster_DiscoveryType.EDS;
  const serviceName = edsClusterConfig?.serviceName ?? '';
  return [...(eds ? [{ type: 'eds' as const, name: serviceName === '' ? cluster.name : serviceName }] : []), ...socketReferences(cluster.transportSocket), ...cluster.transportSocketMatches.flatMap(({ transportSocket }) => socketReferences(transportSocket))];
}

/** Finished chains may be in several listeners. */
const known = new WeakMap<FilterChain, Reference[]>();

/** The references of one filter chain. */
export function chainReferences(chain: FilterChain): Reference[] {
  const found = known.get(chain) ?? readChain(chain);
  known.set(chain, found);
  return found;
}

function readChain(chain: FilterChain): Reference[] {
  return [...socketReferences(chain.transportSocket), ...chain.filters.flatMap(({ configType }) => {
    if (configType.case !== 'typedConfig') return [];
    const hcm = anyUnpack(configType.value, HttpConnectionManagerSchema);
    if (hcm?.routeSpecifier.case === 'rds') return [{ type: 'rds' as const, name: hcm.routeSpecifier.value.routeConfigName }];
    if (hcm?.routeSpecifier.case === 'routeConfig') return hcm.routeSpecifier.value.virtualHosts.flatMap(({ routes }) => routes.flatMap(routeReferences));
    const tcp = anyUnpack(configType.value, TcpProxySchema);
    return tcp === undefined ? [] : clusterNames(tcp.clusterSpecifier);
  })];
}

function routeReferences({ action }: Route): Reference[] {
  if (action.case !== 'route') return [];
  const mirrors = action.value.requestMirrorPolicies.map(({ cluster }) => ({ type: 'cds' as const, name: cluster }));
  return [...clusterNames(action.value.clusterSpecifier), ...mirrors];
}

function clusterNames(specifier: { readonly case?: string | undefined; readonly value?: unknown }): Reference[] {
  if (specifier.case === 'cluster') return [{ type: 'cds', name: specifier.value as string }];
  if (specifier.case !== 'weightedClusters') return [];
  return (specifier.value as Message & { readonly clusters: readonly { readonly name: string }[] }).clusters.map(({ name }) => ({ type: 'cds', name }));
}

function socketReferences(socket: TransportSocket | undefined): Reference[] {
  if (socket?.configType.case !== 'typedConfig') return [];
  const any = socket.configType.value;
  const common = (anyUnpack(any, DownstreamTlsContextSchema) ?? anyUnpack(any, UpstreamTlsContextSchema))?.commonTlsContext;
  return common === undefined ? [] : secretReferences(common);
}

function secretReferences(common: CommonTlsContext): Reference[] {
  const { validationContextType: validation } = common;
  const ca = validation.case === 'combinedValidationContext' ? validation.value.validationContextSdsSecretConfig?.name
    : validation.case === 'validationContextSdsSecretConfig' ? validation.value.name : undefined;
  return [...common.tlsCertificateSdsSecretConfigs.map(({ name }) => name), ...(ca === undefined ? [] : [ca])].map((name) => ({ type: 'sds', name }));
}
