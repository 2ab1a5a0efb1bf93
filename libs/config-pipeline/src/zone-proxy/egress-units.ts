import { buildEndpoints } from '@weft/envoy-builders';
import { canonicalJson } from '@weft/kernel';
import { buildEgress, buildEgressCluster } from '@weft/policy-plugins';
import type { EgressContext, EgressDestination, EgressListenerView, EgressPassage, MeshEgress } from '@weft/proxy-view';
import type { Unit } from '../generator.ts';
import { ingressClusterUnit } from './ingress-units.ts';

/** The listener of an egress. */
export function egressListenerUnit(view: EgressListenerView, { destinations, passages }: Pick<MeshEgress, 'destinations' | 'passages'>, ctx: EgressContext): Unit {
  const beyond = passages.map(({ destination }) => destination);
  // Where a server is concerns its cluster only.
  const chains = destinations.map(({ endpoints: _endpoints, tls: _tls, servers: _servers, conf: _conf, ...chain }) => chain);
  return { id: `egress listener ${view.name}`, key: `egress listener ${canonicalJson([view, ctx, chains, beyond])}`, build: () => buildEgress(view, { destinations, beyond }, ctx) };
}

/** The cluster of a server outside. */
export function egressClusterUnit(destination: EgressDestination, ctx: EgressContext): Unit {
  const { serverNames: _serverNames, permission: _permission, credentials: _credentials, ...cluster } = destination;
  return { id: `egress cluster ${destination.clusterName}`, key: `egress cluster ${canonicalJson([cluster, ctx])}`, build: () => [buildEgressCluster(destination, ctx)] };
}

/** Cluster and endpoints of a service of other zones. */
export function egressPassageUnits({ destination, endpoints }: EgressPassage): readonly Unit[] {
  return [
    ingressClusterUnit(destination),
    { id: `egress endpoints ${endpoints.clusterName}`, key: `egress endpoints ${canonicalJson(endpoints)}`, build: () => [buildEndpoints(endpoints)] },
  ];
}
