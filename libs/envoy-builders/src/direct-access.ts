import { create } from '@bufbuild/protobuf';
import { Cluster_DiscoveryType, Cluster_LbPolicy, ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { DirectAccessView } from '@weft/proxy-view';
import { explicitLimits, finishCluster } from './cluster-draft.ts';
import { clusterResource, listenerResource, type EnvoyResource, type OutboundContext } from './contract.ts';
import { finishChain } from './filter-chain.ts';
import { duration, socketAddress } from './message-parts.ts';
import { DIRECT_ACCESS, directAccessName, statName } from './naming.ts';
import { credentialsOf, upstreamTlsToAny } from './tls-context.ts';

/** The listener of an instance that a proxy reaches by its own address: bytes go to where they were meant to. */
export function buildDirectAccess({ address, port }: DirectAccessView): EnvoyResource {
  const name = directAccessName(address, port);
  const proxy = create(TcpProxySchema, { statPrefix: statName(name), clusterSpecifier: { case: 'cluster', value: DIRECT_ACCESS } });
  return listenerResource(create(ListenerSchema, {
    name,
    address: socketAddress(address, port),
    trafficDirection: TrafficDirection.OUTBOUND,
    bindToPort: false,
    filterChains: [finishChain({ match: undefined, tls: undefined, networkFilters: [], terminal: { kind: 'tcp', proxy } })],
  }));
}

/** The one cluster behind all of them: mesh TLS to any proxy of the mesh, since the address says which one it is. */
export function buildDirectAccessCluster(ctx: OutboundContext): EnvoyResource {
  const cluster = explicitLimits(create(ClusterSchema, {
    name: DIRECT_ACCESS,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.ORIGINAL_DST },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    connectTimeout: duration(5000),
  }));
  const secured = ctx.mesh.mtls !== undefined || ctx.credentials !== undefined;
  return clusterResource(finishCluster({ protocol: 'tcp', cluster, http: undefined, tls: secured ? upstreamTlsToAny(credentialsOf(ctx), {}) : undefined }));
}
