import { create } from '@bufbuild/protobuf';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ListenerSchema, type Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import type { Route } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema, type TcpProxy } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { OutboundView, RouteView } from '@weft/proxy-view';
import { listenerResource, routesResource, type EnvoyResource, type OutboundContext } from './contract.ts';
import { finishChain, isHttp, protocolFilters, type ChainDraft, type Terminal } from './filter-chain.ts';
import { callerTagsHeader, filterMetadata, internalAddresses, overAds, socketAddress } from './message-parts.ts';
import { outboundNames, statName, type OutboundNames } from './naming.ts';

/** The Envoy routes made from one route of the view, in order (a path prefix becomes two). */
export interface RouteDraft {
  readonly view: RouteView;
  readonly routes: readonly Route[];
}

/** What an outbound becomes, while policies work on it. The messages are the draft's own: a policy may change them. */
export interface OutboundDraft {
  readonly view: OutboundView;
  readonly ctx: OutboundContext;
  readonly names: OutboundNames;
  /** Without filter chains: the only one is `chain`. */
  readonly listener: Listener;
  readonly chain: ChainDraft;
  /** Routes in their final order; filled by MeshHTTPRoute. Stays empty where the outbound is not http. */
  routes: readonly RouteDraft[];
}

/** An outbound before any policy: a listener without routes, or a TCP proxy to its clusters. */
export function draftOutbound(view: OutboundView, ctx: OutboundContext): OutboundDraft {
  const names = outboundNames(view, ctx.mesh.name, ctx.unifiedNaming);
  return {
    view, ctx, names,
    listener: outboundListener(view, ctx, names),
    chain: { match: undefined, tls: undefined, networkFilters: [], terminal: outboundTerminal(view, ctx, names) },
    routes: [],
  };
}

/** The finished resources. Nothing where no destination is left: a listener without one would only refuse. */
export function finishOutbound(draft: OutboundDraft): EnvoyResource[] {
  const { view, ctx, listener, names } = draft;
  const http = routesRequests(view);
  const routes = draft.routes.flatMap((route) => route.routes);
  if (http ? routes.length === 0 : view.backends.length === 0) return [];
  listener.filterChains = [finishChain(draft.chain)];
  if (!http) return [listenerResource(listener)];
  return [listenerResource(listener), routesResource(create(RouteConfigurationSchema, {
    name: names.routes,
    validateClusters: false,
    ...(ctx.callerTags !== undefined && { requestHeadersToAdd: [callerTagsHeader(ctx.callerTags)] }),
    virtualHosts: [{ name: names.virtualHost, domains: ['*'], routes }],
  }))];
}

function outboundListener(view: OutboundView, ctx: OutboundContext, names: OutboundNames): Listener {
  const { 'kuma.io/mesh': _mesh, ...tags } = view.tags;
  return create(ListenerSchema, {
    name: names.listener,
    ...(ctx.unifiedNaming && { statPrefix: statName(names.listener) }),
    address: socketAddress(view.address, view.port),
    trafficDirection: TrafficDirection.OUTBOUND,
    metadata: filterMetadata({ 'io.kuma.tags': view.target.kind === 'tag' ? tags : { 'kuma.io/unified-name': view.target.kri } }),
    ...(!view.bindToPort && { bindToPort: false }),
  });
}

function outboundTerminal(view: OutboundView, ctx: OutboundContext, names: OutboundNames): Terminal {
  const statPrefix = statName(names.virtualHost);
  if (!routesRequests(view)) return { kind: 'tcp', proxy: create(TcpProxySchema, { statPrefix, clusterSpecifier: tcpClusters(view) }) };
  const hcm = create(HttpConnectionManagerSchema, {
    statPrefix,
    routeSpecifier: { case: 'rds', value: { routeConfigName: names.routes, configSource: overAds() } },
    normalizePath: true,
    internalAddressConfig: { cidrRanges: internalAddresses(ctx.ipv6Enabled ?? false) },
  });
  return { kind: 'http', hcm, httpFilters: protocolFilters(view.protocol) };
}

/** An http service with clusters for its connections is handled as TCP. */
function routesRequests({ protocol, backends }: OutboundView): boolean {
  return isHttp(protocol) && backends.length === 0;
}

function tcpClusters(view: OutboundView): TcpProxy['clusterSpecifier'] {
  const [first, ...others] = view.backends;
  if (first === undefined) return { case: undefined };
  if (others.length === 0) return { case: 'cluster', value: first.clusterName };
  const weighted = create(TcpProxySchema, { clusterSpecifier: { case: 'weightedClusters', value: { clusters: view.backends.map(({ clusterName, weight }) => ({ name: clusterName, weight })) } } });
  return weighted.clusterSpecifier;
}
