import { buildEndpoints, buildIngressCluster, buildIngressListener, sharedPassage } from '@weft/envoy-builders';
import { canonicalJson, contentHash } from '@weft/kernel';
import type { MeshState } from '@weft/mesh-index';
import { buildIngress } from '@weft/policy-plugins';
import { endpointsView, type IngressDestination, type IngressListenerView, type IngressOffer, type ListenerProxy } from '@weft/proxy-view';
import type { Unit } from '../generator.ts';
import { chainReferences } from '../references.ts';

const keys = new WeakMap<IngressDestination, string>();

/** A text that stands for what listeners make of a destination. */
function keyOf(destination: IngressDestination): string {
  const known = keys.get(destination) ?? contentHash(canonicalJson([destination.clusterName, destination.chains]));
  keys.set(destination, known);
  return known;
}

/** Does what a listener will need of a destination, so that many of them can be made ready in steps. */
export function prepareDestination(destination: IngressDestination): void {
  keyOf(destination);
  for (const chain of destination.chains) chainReferences(sharedPassage(destination.clusterName, chain));
}

/** An offer of these. */
export function offerOf(destinations: readonly IngressDestination[]): IngressOffer {
  return { destinations, key: contentHash(destinations.map(keyOf).join('')) };
}

/** The listener of a ZoneIngress. */
export function zoneIngressUnit(view: IngressListenerView, { destinations, key }: IngressOffer): Unit {
  return { id: `ingress listener ${view.name}`, key: `ingress listener ${canonicalJson(view)} ${key}`, build: () => buildIngressListener(view, destinations, sharedPassage) };
}

/** A listener of a Dataplane, which policies may change: its messages are its own. */
export function ingressListenerUnit(view: IngressListenerView, { destinations, key }: IngressOffer, proxy: ListenerProxy): Unit {
  const facts = view.rules === undefined ? [view] : [view, proxy];
  return { id: `ingress listener ${view.name}`, key: `own ingress listener ${canonicalJson(facts)} ${key}`, build: () => buildIngress(view, destinations, proxy) };
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
