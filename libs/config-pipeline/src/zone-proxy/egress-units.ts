import { buildEndpoints } from '@weft/envoy-builders';
import { canonicalJson } from '@weft/kernel';
import { buildEgress, buildEgressCluster } from '@weft/policy-plugins';
import type { DataplaneEgress, EgressContext, EgressDestination, EgressListenerView, EgressPassage, MeshEgress, ProxyClient } from '@weft/proxy-view';
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
  const { serverNames: _serverNames, permission: _permission, rules: _rules, credentials: _credentials, ...cluster } = destination;
  return { id: `egress cluster ${destination.clusterName}`, key: `egress cluster ${canonicalJson([cluster, ctx])}`, build: () => [buildEgressCluster(destination, ctx)] };
}

/** Cluster and endpoints of a service of other zones. */
export function egressPassageUnits({ destination, endpoints }: EgressPassage): readonly Unit[] {
  return [
    ingressClusterUnit(destination),
    { id: `egress endpoints ${endpoints.clusterName}`, key: `egress endpoints ${canonicalJson(endpoints)}`, build: () => [buildEndpoints(endpoints)] },
  ];
}

/** What an egress depends on beside what it offers. */
export function egressContext({ ipv6Enabled, systemCaPath }: ProxyClient): EgressContext {
  // A denial names its rule where the proxy's output goes.
  return { ipv6Enabled, denialLogPath: '/dev/stdout', ...(systemCaPath !== undefined && { systemCaPath }) };
}

/** The egress listeners of a Dataplane, and the clusters that all of them lead to. */
export function dataplaneEgressUnits({ listeners }: DataplaneEgress, ctx: EgressContext): readonly Unit[] {
  return [
    ...listeners.map(({ listener, destinations }) => egressListenerUnit(listener, { destinations, passages: [] }, ctx)),
    ...(listeners[0]?.destinations ?? []).map((destination) => egressClusterUnit(destination, ctx)),
  ];
}
