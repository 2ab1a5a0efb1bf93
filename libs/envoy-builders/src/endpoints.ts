import { create } from '@bufbuild/protobuf';
import { LocalitySchema, type Locality } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { LbEndpointSchema, LocalityLbEndpointsSchema, type LbEndpoint, type LocalityLbEndpoints } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_components_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import type { EndpointsView, EndpointView, LocalityView } from '@weft/proxy-view';
import { endpointsResource, type EnvoyResource } from './contract.ts';
import { filterMetadata, socketAddress } from './message-parts.ts';

/** The ClusterLoadAssignment of a destination. Localities and endpoints stand as the view has them sorted. */
export function buildEndpoints(view: EndpointsView): EnvoyResource {
  return endpointsResource(create(ClusterLoadAssignmentSchema, {
    clusterName: view.clusterName,
    endpoints: view.localities.map(localityEndpoints),
    ...(view.overprovisioningFactor !== undefined && { policy: { overprovisioningFactor: view.overprovisioningFactor } }),
  }));
}

function localityEndpoints(view: LocalityView): LocalityLbEndpoints {
  const locality = localityOf(view);
  return create(LocalityLbEndpointsSchema, {
    ...(locality !== undefined && { locality }),
    priority: view.priority,
    ...(view.weight !== undefined && { loadBalancingWeight: view.weight }),
    lbEndpoints: view.endpoints.map(lbEndpoint),
  });
}

function localityOf({ zone, subZone }: LocalityView): Locality | undefined {
  return zone === undefined && subZone === undefined ? undefined : create(LocalitySchema, { zone: zone ?? '', subZone: subZone ?? '' });
}

function lbEndpoint(view: EndpointView): LbEndpoint {
  const metadata = endpointMetadata(view);
  return create(LbEndpointSchema, {
    hostIdentifier: { case: 'endpoint', value: { address: socketAddress(view.address, view.port) } },
    loadBalancingWeight: view.weight,
    ...(Object.keys(metadata).length > 0 && { metadata: filterMetadata(metadata) }),
  });
}

/**
 * The tags by which Envoy picks subsets, and the labels that a person gave. An endpoint is sent to every proxy that
 * reaches it, so what nothing reads stays out: computed labels, and the twin of the tags for transport socket matches, except for other zones.
 */
function endpointMetadata({ tags, labels, remoteZone }: EndpointView): Record<string, Record<string, string>> {
  const subset = without(tags, (key) => key === 'kuma.io/service');
  const given = without(labels, (key) => /^(k8s\.)?kuma\.io\//.test(key));
  return { ...(Object.keys(subset).length > 0 && { 'envoy.lb': subset }), ...(remoteZone !== undefined && { 'envoy.transport_socket_match': { 'kuma.io/zone': remoteZone } }), ...(Object.keys(given).length > 0 && { 'io.kuma.labels': given }) };
}

function without(record: Readonly<Record<string, string>>, excluded: (key: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !excluded(key)));
}
