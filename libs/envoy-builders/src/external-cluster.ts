import { create } from '@bufbuild/protobuf';
import { Cluster_DiscoveryType, Cluster_DnsLookupFamily, ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { LbEndpointSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_components_pb.js';
import { ClusterLoadAssignmentSchema, type ClusterLoadAssignment } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { canonicalJson } from '@weft/kernel';
import type { DestinationView, ExternalServerView } from '@weft/proxy-view';
import { isIp } from '@weft/resource-model';
import { httpOptionsOf, type ClusterDraft } from './cluster-draft.ts';
import type { OutboundContext } from './contract.ts';
import { filterMetadata, socketAddress } from './message-parts.ts';
import { altStatName } from './naming.ts';
import { originationTls } from './zone-proxy/origination-tls.ts';

/** The cluster of servers outside the mesh that proxies dial themselves: found by DNS unless all are addresses, with TLS where they want it. */
export function draftExternalCluster({ clusterName, protocol }: DestinationView, servers: readonly ExternalServerView[], { ipv6Enabled }: Pick<OutboundContext, 'ipv6Enabled'>): ClusterDraft {
  const isStatic = servers.every(({ address }) => isIp(address));
  const ways = new Set(servers.map(({ tls }) => canonicalJson(tls ?? null)));
  const tlsOf = ({ tls }: ExternalServerView): ClusterDraft['tls'] => tls && originationTls(tls, protocol);
  const [first] = servers;
  return {
    protocol,
    cluster: create(ClusterSchema, {
      name: clusterName,
      altStatName: altStatName(clusterName),
      clusterDiscoveryType: { case: 'type', value: isStatic ? Cluster_DiscoveryType.STATIC : Cluster_DiscoveryType.STRICT_DNS },
      // With both families, whichever answers first.
      ...(!isStatic && { dnsLookupFamily: ipv6Enabled === true ? Cluster_DnsLookupFamily.ALL : Cluster_DnsLookupFamily.V4_ONLY }),
      loadAssignment: loadAssignment(clusterName, servers),
    }),
    http: httpOptionsOf(protocol),
    tls: ways.size === 1 && first !== undefined ? tlsOf(first) : undefined,
    ...(ways.size > 1 && { tlsByServer: servers.flatMap((server) => ({ name: server.name, tls: tlsOf(server) })) }),
  };
}

function loadAssignment(clusterName: string, servers: readonly ExternalServerView[]): ClusterLoadAssignment {
  return create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: [{
      lbEndpoints: servers.map(({ name, address, port }) => create(LbEndpointSchema, {
        hostIdentifier: { case: 'endpoint', value: { address: socketAddress(address, port), hostname: address } },
        loadBalancingWeight: 1,
        metadata: filterMetadata({ 'envoy.transport_socket_match': { server: name } }),
      })),
    }],
  });
}
