import { create } from '@bufbuild/protobuf';
import type { Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ListenerFilterSchema, type ListenerFilter } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema, type Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema, type RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { TlsInspectorSchema } from '@weft/envoy-proto/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
import { HttpConnectionManager_ForwardClientCertDetails, HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { InboundView } from '@weft/proxy-view';
import { clusterResource, listenerResource, routesResource, type EnvoyResource, type ProxyContext } from './contract.ts';
import { draftInboundCluster, finishCluster, type ClusterDraft } from './cluster-draft.ts';
import { finishChain, isHttp, protocolFilters, type ChainDraft, type Terminal } from './filter-chain.ts';
import { duration, extension, filterMetadata, internalAddresses, overAds, socketAddress } from './message-parts.ts';
import { namedRefusals } from './named-refusals.ts';
import { contextualInboundName, inboundNames, statName, type InboundNames } from './naming.ts';

const HOUR_MS = 3_600_000;

/** What an inbound becomes, while policies work on it. The messages are the draft's own: a policy may change them. */
export interface InboundDraft {
  readonly view: InboundView;
  readonly ctx: ProxyContext;
  readonly names: InboundNames;
  /** Without filter chains: those are in `chains`. */
  readonly listener: Listener;
  /** At first one plaintext chain. */
  chains: ChainDraft[];
  /** Routes of all its chains; undefined where the inbound is not http. */
  readonly routes: RouteConfiguration | undefined;
  readonly cluster: ClusterDraft;
  /** Clusters that filters of the inbound ask, such as a server of keys. Inbounds may share them: equal names are of equal content. */
  readonly moreClusters: Cluster[];
}

/** An inbound before any policy: one plaintext chain, everything goes to the workload. */
export function draftInbound(view: InboundView, ctx: ProxyContext): InboundDraft {
  const names = inboundNames(view, ctx.unifiedNaming);
  return {
    view, ctx, names,
    listener: inboundListener(view, ctx, names),
    chains: [{ match: undefined, tls: undefined, networkFilters: [], terminal: inboundTerminal(view, ctx, names) }],
    routes: isHttp(view.protocol) ? inboundRoutes(names) : undefined,
    cluster: draftInboundCluster(view, ctx, names.cluster),
    moreClusters: [],
  };
}

/** The finished resources. */
export function finishInbound(draft: InboundDraft): EnvoyResource[] {
  draft.listener.filterChains = draft.chains.map(finishChain);
  return [
    listenerResource(draft.listener),
    ...(draft.routes === undefined ? [] : [routesResource(draft.routes)]),
    clusterResource(finishCluster(draft.cluster)),
    ...draft.moreClusters.map(clusterResource),
  ];
}

/** Adds clusters that filters of the inbound ask; each name once. */
export function addClusters(known: Cluster[], clusters: readonly Cluster[]): void {
  for (const cluster of clusters) if (!known.some(({ name }) => name === cluster.name)) known.push(cluster);
}

/** Adds the filter that reads SNI and ALPN before a chain is chosen; once is enough. */
export function addTlsInspector(listener: Listener): void {
  if (!listener.listenerFilters.some((filter) => filter.name === TLS_INSPECTOR)) listener.listenerFilters.push(tlsInspector());
}

const TLS_INSPECTOR = 'envoy.filters.listener.tls_inspector';

/** The filter that reads SNI and ALPN before a chain is chosen. */
export function tlsInspector(): ListenerFilter {
  return create(ListenerFilterSchema, extension(TLS_INSPECTOR, TlsInspectorSchema, {}));
}

function inboundListener(view: InboundView, ctx: ProxyContext, names: InboundNames): Listener {
  const tagged = Object.keys(view.tags).length > 0;
  return create(ListenerSchema, {
    name: names.listener,
    ...(ctx.unifiedNaming && { statPrefix: statName(names.listener) }),
    address: socketAddress(view.address, view.port),
    trafficDirection: TrafficDirection.INBOUND,
    metadata: filterMetadata({ 'io.kuma.tags': tagged ? view.tags : { 'kuma.io/unified-name': contextualInboundName(view) } }),
    ...(ctx.reusePort && { enableReusePort: true }),
    ...(ctx.transparentProxy !== undefined && { bindToPort: false }),
  });
}

function inboundTerminal(view: InboundView, ctx: ProxyContext, names: InboundNames): Terminal {
  const statPrefix = statName(names.cluster);
  if (!isHttp(view.protocol)) {
    return { kind: 'tcp', proxy: create(TcpProxySchema, { statPrefix, clusterSpecifier: { case: 'cluster', value: names.cluster }, idleTimeout: duration(2 * HOUR_MS) }) };
  }
  const hcm = create(HttpConnectionManagerSchema, {
    statPrefix,
    routeSpecifier: { case: 'rds', value: { routeConfigName: names.routes, configSource: overAds() } },
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE_SET,
    setCurrentClientCertDetails: { uri: true },
    internalAddressConfig: { cidrRanges: internalAddresses(ctx.ipv6Enabled) },
    commonHttpProtocolOptions: { idleTimeout: duration(2 * HOUR_MS) },
    streamIdleTimeout: duration(HOUR_MS),
    ...(ctx.mesh.nameRefusals === true && { localReplyConfig: namedRefusals() }),
  });
  return { kind: 'http', hcm, httpFilters: protocolFilters(view.protocol) };
}

function inboundRoutes(names: InboundNames): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name: names.routes,
    validateClusters: false,
    requestHeadersToRemove: ['x-kuma-tags'],
    virtualHosts: [{
      name: names.virtualHost,
      domains: ['*'],
      routes: [{
        match: { pathSpecifier: { case: 'prefix', value: '/' } },
        action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: names.cluster }, timeout: duration(0) } },
      }],
    }],
  });
}
