import { canonicalJson } from '@weft/kernel';
import { buildEgress, buildEgressCluster } from '@weft/policy-plugins';
import type { EgressContext, EgressDestination, EgressListenerView } from '@weft/proxy-view';
import type { Unit } from '../generator.ts';

/** The listener of an egress. */
export function egressListenerUnit(view: EgressListenerView, destinations: readonly EgressDestination[], ctx: EgressContext): Unit {
  // Where a server is concerns its cluster only.
  const chains = destinations.map(({ endpoints: _endpoints, tls: _tls, servers: _servers, conf: _conf, ...chain }) => chain);
  return { id: `egress listener ${view.name}`, key: `egress listener ${canonicalJson([view, ctx, chains])}`, build: () => buildEgress(view, destinations, ctx) };
}

/** The cluster of a server outside. */
export function egressClusterUnit(destination: EgressDestination, ctx: EgressContext): Unit {
  const { serverNames: _serverNames, permission: _permission, credentials: _credentials, ...cluster } = destination;
  return { id: `egress cluster ${destination.clusterName}`, key: `egress cluster ${canonicalJson([cluster, ctx])}`, build: () => [buildEgressCluster(destination, ctx)] };
}
