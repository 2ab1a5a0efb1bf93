import { buildEndpoints, buildIngressCluster, buildIngressListener } from '@weft/envoy-builders';
import { canonicalJson, contentHash } from '@weft/kernel';
import type { MeshState } from '@weft/mesh-index';
import { endpointsView, type IngressDestination, type IngressListenerView, type IngressOffer } from '@weft/proxy-view';
import type { Unit } from '../generator.ts';

/** An offer of these. */
export function offerOf(destinations: readonly IngressDestination[]): IngressOffer {
  return { destinations, key: contentHash(canonicalJson(destinations.map(({ clusterName, chains }) => [clusterName, chains]))) };
}

/** The listener of an ingress. */
export function ingressListenerUnit(view: IngressListenerView, { destinations, key }: IngressOffer): Unit {
  const place = `ingress listener ${canonicalJson(view)}`;
  return { id: `ingress listener ${view.name}`, key: `${place} ${key}`, build: () => buildIngressListener(view, destinations) };
}

/** The cluster of a destination. */
export function ingressClusterUnit(destination: IngressDestination): Unit {
  const { clusterName, chains } = destination;
  return { id: `ingress cluster ${clusterName}`, key: `ingress cluster ${clusterName} ${canonicalJson(chains.map(({ subset }) => subset))}`, build: () => [buildIngressCluster(destination)] };
}

/** Its endpoints, those of the own zone. */
export function ingressEndpointsUnit({ clusterName, target, endpoints }: IngressDestination, mesh: MeshState): Unit {
  const set = mesh.endpoints.get(endpoints);
  return {
    id: `ingress endpoints ${clusterName}`,
    key: `ingress endpoints ${mesh.name} ${clusterName} ${set?.revision ?? 0}`,
    build: () => [buildEndpoints(endpointsView({ clusterName, target, tags: {}, tls: undefined }, set))],
  };
}
