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
  }));
}

function localityEndpoints(view: LocalityView): LocalityLbEndpoints {
  const locality = localityOf(view);
  return create(LocalityLbEndpointsSchema, {
    ...(locality !== undefined && { locality }),
    priority: view.priority,
    lbEndpoints: view.endpoints.map(lbEndpoint),
  });
}

function localityOf({ zone, subZone }: LocalityView): Locality | undefined {
  return zone === undefined && subZone === undefined ? undefined : create(LocalitySchema, { zone: zone ?? '', subZone: subZone ?? '' });
}

function lbEndpoint(view: EndpointView): LbEndpoint {
  const { 'kuma.io/service': _service, ...tags } = view.tags;
  return create(LbEndpointSchema, {
    hostIdentifier: { case: 'endpoint', value: { address: socketAddress(view.address, view.port) } },
    loadBalancingWeight: view.weight,
    metadata: filterMetadata({ 'envoy.lb': tags, 'envoy.transport_socket_match': tags, 'io.kuma.labels': view.labels }),
  });
}
