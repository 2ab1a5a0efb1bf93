import { create } from '@bufbuild/protobuf';
import { Cluster_DiscoveryType, Cluster_LbPolicy, ClusterSchema, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { FilterChainMatchSchema, type FilterChain } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema, type Listener } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { ProxyView, TransparentProxyPorts } from '@weft/proxy-view';
import { explicitLimits, sourceOutsideRedirection, staticCluster } from './cluster-draft.ts';
import { clusterResource, listenerResource, type EnvoyResource } from './contract.ts';
import { finishChain } from './filter-chain.ts';
import { duration, socketAddress } from './message-parts.ts';
import { altStatName, NO_DESTINATION, passthroughName, statName } from './naming.ts';

type Direction = 'inbound' | 'outbound';
type Family = 4 | 6;

/** Port that stands for "no port" in a Dataplane. Source: Kuma 2.14. */
const SERVICELESS_PORT = 49151;

/** A listener on the redirection port for outbound connections, with the clusters that its chains lead to. A policy may change both. */
export interface PassthroughDraft {
  readonly family: Family;
  readonly listener: Listener;
  clusters: Cluster[];
  /** Of the clusters; absent: `transparent`, like everything else here. */
  clusterOrigin?: string;
}

/** Everything on the redirection ports, while policies work on it. */
export interface TransparentProxyDraft {
  readonly view: ProxyView;
  /** What leaves the workload, by IP family. */
  readonly outbound: readonly PassthroughDraft[];
  /** What comes in, and the cluster that leads nowhere. */
  readonly rest: readonly EnvoyResource[];
}

/**
 * Listeners on the redirection ports: they hand each connection to the listener of its original destination, and what
 * is left over to that destination itself. Undefined without redirection. Without mesh passthrough the outbound listener
 * stays and its cluster is absent, so unknown destinations fail.
 */
export function draftTransparentProxy(view: ProxyView): TransparentProxyDraft | undefined {
  const ports = view.transparentProxy;
  if (ports === undefined) return undefined;
  const families: Family[] = [...(ports.ipv4 ? [4 as const] : []), ...(ports.ipv6 ? [6 as const] : [])];
  return {
    view,
    outbound: families.map((family) => ({ family, listener: passthroughListener(view, 'outbound', family, ports), clusters: view.mesh.passthrough ? [passthroughCluster(view, 'outbound', family)] : [] })),
    rest: [
      ...families.flatMap((family) => [listenerResource(passthroughListener(view, 'inbound', family, ports)), clusterResource(passthroughCluster(view, 'inbound', family))]),
      clusterResource(noDestination()),
    ],
  };
}

/** The finished resources; families may share clusters. */
export function finishTransparentProxy({ outbound, rest }: TransparentProxyDraft): EnvoyResource[] {
  const clusters = new Map(outbound.flatMap(({ clusters: own, clusterOrigin }) => own.map((cluster): [string, EnvoyResource] => [cluster.name, { ...clusterResource(cluster), ...(clusterOrigin !== undefined && { origin: clusterOrigin }) }])));
  return [...outbound.map(({ listener }) => listenerResource(listener)), ...clusters.values(), ...rest];
}

/** The cluster that leads wherever a connection was going. */
export function passthroughCluster(view: Pick<ProxyView, 'unifiedNaming'>, direction: Direction, family: Family): Cluster {
  return originalDestination(passthroughName(direction, family, view.unifiedNaming), direction, family);
}

function noDestination(): Cluster {
  const cluster = explicitLimits(staticCluster(NO_DESTINATION, undefined, 5000));
  cluster.altStatName = NO_DESTINATION;
  return cluster;
}

function passthroughListener(view: ProxyView, direction: Direction, family: Family, ports: TransparentProxyPorts): Listener {
  const name = passthroughName(direction, family, view.unifiedNaming);
  const inbound = direction === 'inbound';
  return create(ListenerSchema, {
    name,
    ...(view.unifiedNaming && { statPrefix: statName(name) }),
    address: socketAddress(family === 4 ? '0.0.0.0' : '::', inbound ? ports.inboundPort : ports.outboundPort),
    trafficDirection: inbound ? TrafficDirection.INBOUND : TrafficDirection.OUTBOUND,
    useOriginalDst: true,
    ...(inbound && view.client.features.has('feature-reuse-port') && { enableReusePort: true }),
    filterChains: inbound ? inboundChains(view, name) : [chainTo(name, name, undefined)],
  });
}

/** With strict ports, one chain per declared port and none for the rest: undeclared ports are refused. */
function inboundChains(view: ProxyView, name: string): FilterChain[] {
  const declared = [...new Set(view.inbounds.map(({ port }) => port))].sort((a, b) => a - b).map((port) => chainTo(name, name, port));
  const nowhere = view.serviceless ? [chainTo(NO_DESTINATION, name, SERVICELESS_PORT)] : [];
  const chains = [...declared, ...nowhere];
  return hasStrictPorts(view) && chains.length > 0 ? chains : [chainTo(name, name, undefined)];
}

function hasStrictPorts({ client, inbounds, mesh }: ProxyView): boolean {
  return client.features.has('feature-strict-inbound-ports') && mesh.mtls !== undefined
    && (inbounds.length > 0 || mesh.mtls.mode === 'STRICT') && inbounds.every(({ tls }) => tls.mode === 'strict');
}

function chainTo(cluster: string, statsOf: string, destinationPort: number | undefined): FilterChain {
  return finishChain({
    match: destinationPort === undefined ? undefined : create(FilterChainMatchSchema, { destinationPort }),
    tls: undefined,
    networkFilters: [],
    terminal: { kind: 'tcp', proxy: create(TcpProxySchema, { statPrefix: statName(statsOf), clusterSpecifier: { case: 'cluster', value: cluster } }) },
  });
}

function originalDestination(name: string, direction: Direction, family: Family): Cluster {
  return explicitLimits(create(ClusterSchema, {
    name,
    altStatName: altStatName(name),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.ORIGINAL_DST },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    connectTimeout: duration(5000),
    ...(direction === 'inbound' && { upstreamBindConfig: sourceOutsideRedirection(family === 6 ? '::' : '0.0.0.0') }),
  }));
}
