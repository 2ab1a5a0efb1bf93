import { create } from '@bufbuild/protobuf';
import { Cluster_DiscoveryType, ClusterSchema, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { LbEndpointSchema, type LbEndpoint } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_components_pb.js';
import { ClusterLoadAssignmentSchema, type ClusterLoadAssignment } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { FilterChainMatchSchema, type FilterChain } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema, type RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HttpConnectionManager_ForwardClientCertDetails, HttpConnectionManagerSchema, RdsSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { groupBy } from '@weft/kernel';
import type { EgressContext, EgressDestination, EgressListenerView, ExternalEndpoint } from '@weft/proxy-view';
import { isIp } from '@weft/resource-model';
import { httpOptionsOf, type ClusterDraft } from '../cluster-draft.ts';
import { listenerResource, routesResource, type EnvoyResource } from '../contract.ts';
import { finishChain, isHttp, protocolFilters, type ChainDraft } from '../filter-chain.ts';
import { tlsInspector } from '../inbound-draft.ts';
import { duration, internalAddresses, overAds, socketAddress } from '../message-parts.ts';
import { altStatName, egressRoutesName, statName } from '../naming.ts';
import { downstreamTls } from '../tls-context.ts';
import { originationTls } from './origination-tls.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** One way out of the mesh, while policies work on it. The messages are the draft's own: a policy may change them. */
export interface EgressDraft {
  readonly view: EgressDestination;
  readonly ctx: EgressContext;
  readonly chain: ChainDraft;
  /** Undefined where the chain does not carry requests. */
  readonly routes: RouteConfiguration | undefined;
}

/** A way out before any policy: mesh TLS ends here, and everything goes to the server outside. */
export function draftEgress(view: EgressDestination, ctx: EgressContext): EgressDraft {
  const routes = isHttp(view.protocol) ? egressRoutes(view) : undefined;
  return {
    view, ctx, routes,
    chain: {
      match: create(FilterChainMatchSchema, { transportProtocol: 'tls', serverNames: [...view.serverNames] }),
      tls: downstreamTls(view.credentials, {}),
      networkFilters: [],
      terminal: terminal(view, ctx, routes),
    },
  };
}

/** A way out as it is served. */
export interface FinishedEgress {
  readonly chain: FilterChain;
  /** Where the chain carries requests: a resource of its own, so that other rules about callers drain no connection. */
  readonly routes: EnvoyResource | undefined;
}

/** The finished chain of a listener by this name, and its routes. */
export function finishEgress({ chain, routes, view }: EgressDraft, listener: string): FinishedEgress {
  if (routes !== undefined && chain.terminal.kind === 'http') {
    routes.name = egressRoutesName(listener, view.clusterName);
    chain.terminal.hcm.routeSpecifier = { case: 'rds', value: create(RdsSchema, { routeConfigName: routes.name, configSource: overAds() }) };
  }
  const finished = finishChain(chain);
  finished.name = view.chainName ?? view.clusterName;
  return { chain: finished, routes: routes && routesResource(routes) };
}

/** The listener of an egress; nothing while it offers nothing. */
export function buildEgressListener(view: EgressListenerView, filterChains: readonly FilterChain[]): EnvoyResource[] {
  if (filterChains.length === 0) return [];
  return [listenerResource(create(ListenerSchema, {
    name: view.name,
    ...(view.unifiedNaming && { statPrefix: statName(view.name) }),
    address: socketAddress(view.address, view.port),
    trafficDirection: TrafficDirection.INBOUND,
    ...(view.reusePort && { enableReusePort: true }),
    listenerFilters: [tlsInspector()],
    filterChains: [...filterChains],
  }))];
}

/** The cluster of a server outside, which Envoy finds by DNS where it is not only addresses. */
export function draftEgressCluster({ clusterName, protocol, endpoints, tls }: EgressDestination, { systemCaPath }: EgressContext): ClusterDraft {
  return { protocol, cluster: externalCluster(clusterName, endpoints), http: httpOptionsOf(protocol), tls: tls && originationTls(tls, protocol, systemCaPath) };
}

function externalCluster(name: string, endpoints: readonly ExternalEndpoint[]): Cluster {
  const value = endpoints.every(({ address }) => isIp(address)) ? Cluster_DiscoveryType.STATIC : Cluster_DiscoveryType.STRICT_DNS;
  return create(ClusterSchema, { name, altStatName: altStatName(name), clusterDiscoveryType: { case: 'type', value }, connectTimeout: duration(CONNECT_TIMEOUT_MS), loadAssignment: loadAssignment(name, endpoints) });
}

function loadAssignment(clusterName: string, endpoints: readonly ExternalEndpoint[]): ClusterLoadAssignment {
  return create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: [...groupBy(endpoints, ({ priority }) => priority)].map(([priority, some]) => ({
      locality: { subZone: `priority-${priority}` },
      priority,
      lbEndpoints: some.map(externalEndpoint),
    })),
  });
}

function externalEndpoint({ address, port }: ExternalEndpoint): LbEndpoint {
  return create(LbEndpointSchema, { hostIdentifier: { case: 'endpoint', value: { address: socketAddress(address, port) } }, loadBalancingWeight: 1 });
}

function terminal({ clusterName, protocol, rules }: EgressDestination, { ipv6Enabled }: EgressContext, routes: RouteConfiguration | undefined): ChainDraft['terminal'] {
  const statPrefix = statName(clusterName);
  if (routes === undefined) return { kind: 'tcp', proxy: create(TcpProxySchema, { statPrefix, clusterSpecifier: { case: 'cluster', value: clusterName } }) };
  const hcm = create(HttpConnectionManagerSchema, {
    statPrefix,
    internalAddressConfig: { cidrRanges: internalAddresses(ipv6Enabled) },
    // Rules about callers read it.
    ...(rules !== undefined && { forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE_SET, setCurrentClientCertDetails: { uri: true } }),
  });
  return { kind: 'http', hcm, httpFilters: protocolFilters(protocol) };
}

/** No timeout: how long to wait for an answer, the caller's own proxy knows. Who calls is nobody's business outside. */
function egressRoutes({ clusterName, rules }: EgressDestination): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name: clusterName,
    validateClusters: false,
    requestHeadersToRemove: ['x-kuma-tags', ...(rules === undefined ? [] : ['x-forwarded-client-cert'])],
    virtualHosts: [{
      name: clusterName,
      domains: ['*'],
      routes: [{
        match: { pathSpecifier: { case: 'prefix', value: '/' } },
        action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: clusterName }, hostRewriteSpecifier: { case: 'autoHostRewrite', value: { value: true } }, timeout: duration(0) } },
      }],
    }],
  });
}
