import {
  buildEgressListener, buildIngressListener, clusterResource, draftDestinationCluster, draftExternalCluster, draftEgress, draftEgressCluster, draftInbound, draftOutbound, draftPassage, draftTransparentProxy, finishChain, finishCluster, finishEgress, finishInbound, finishOutbound, finishTransparentProxy, passages,
  type EnvoyResource, type OutboundContext, type ProxyContext,
} from '@weft/envoy-builders';
import { rulesOfWay, type DestinationView, type EgressContext, type EgressDestination, type EgressListenerView, type InboundView, type IngressDestination, type IngressListenerView, type ListenerProxy, type OutboundView, type ProxyView } from '@weft/proxy-view';
import { confOf } from './conf.ts';
import { POLICY_PLUGINS } from './plugins.ts';
import type { FinishedChange } from './policy-plugin.ts';

/** Listener, RouteConfiguration (http protocols) and Cluster of an inbound, with all policies applied. Pure. */
export function buildInbound(view: InboundView, ctx: ProxyContext): EnvoyResource[] {
  const draft = draftInbound(view, ctx);
  for (const plugin of POLICY_PLUGINS) plugin.inbound?.(draft);
  return finishInbound(draft);
}

/** Listener and RouteConfiguration (http protocols) of an outbound, with all policies applied; empty where no destination is left. Pure. */
export function buildOutbound(view: OutboundView, ctx: OutboundContext): EnvoyResource[] {
  const draft = draftOutbound(view, ctx);
  for (const plugin of POLICY_PLUGINS) plugin.outbound?.(draft);
  return finishOutbound(draft);
}

/** Cluster of a destination, with all policies applied. Pure. */
export function buildCluster(view: DestinationView, ctx: OutboundContext): EnvoyResource {
  const draft = view.servers === undefined ? draftDestinationCluster(view, ctx) : draftExternalCluster(view, view.servers, ctx);
  for (const plugin of POLICY_PLUGINS) plugin.cluster?.(draft, view);
  return clusterResource(finishCluster(draft));
}

/** The listener of an egress with a chain for each way out, all policies applied, and for each service beyond, in other zones, and the routes of its chains; nothing where there is none. Pure. */
export function buildEgress(view: EgressListenerView, { destinations, beyond }: { readonly destinations: readonly EgressDestination[]; readonly beyond: readonly IngressDestination[] }, ctx: EgressContext): EnvoyResource[] {
  const ways = destinations.map((destination) => {
    const draft = draftEgress(destination, ctx);
    for (const plugin of POLICY_PLUGINS) plugin.egress?.(draft);
    return finishEgress(draft, view.name);
  });
  return [...buildEgressListener(view, [...passages(beyond), ...ways.map(({ chain }) => chain)]), ...ways.flatMap(({ routes }) => routes ?? [])];
}

/** A listener of a Dataplane that takes connections from other zones, with the policies about it applied. Pure. */
export function buildIngress(view: IngressListenerView, destinations: readonly IngressDestination[], proxy: ListenerProxy): EnvoyResource[] {
  const { rules } = view;
  if (rules === undefined) return buildIngressListener(view, destinations);
  return buildIngressListener(view, destinations, (clusterName, way) => {
    const chain = draftPassage(clusterName, way);
    for (const plugin of POLICY_PLUGINS) plugin.passage?.({ chain, rules: rulesOfWay(rules, [way.sni]), proxy });
    return finishChain(chain);
  });
}

/** Cluster of a server outside, with all policies applied. Pure. */
export function buildEgressCluster(view: EgressDestination, ctx: EgressContext): EnvoyResource {
  const { clusterName, target, protocol, conf, servers } = view;
  const destination: DestinationView = { clusterName, target, tags: {}, protocol, tls: undefined, conf };
  const draft = servers === undefined ? draftEgressCluster(view, ctx) : draftExternalCluster(destination, servers, ctx);
  for (const plugin of POLICY_PLUGINS) plugin.cluster?.(draft, destination);
  return clusterResource(finishCluster(draft));
}

/** What is on the redirection ports, with all policies applied; empty without redirection. Pure. */
export function buildTransparentProxy(view: ProxyView): EnvoyResource[] {
  const draft = draftTransparentProxy(view);
  if (draft === undefined) return [];
  for (const { type, transparentProxy } of POLICY_PLUGINS) if (view.confs[type] !== undefined) transparentProxy?.(draft, confOf(view.confs[type]));
  return finishTransparentProxy(draft);
}

/** What policies do to the finished resources of a proxy with these confs, in order. Empty for most proxies. */
export function finishedChanges(confs: ProxyView['confs']): readonly FinishedChange[] {
  return POLICY_PLUGINS.flatMap(({ type, finished }) => (finished === undefined || confs[type] === undefined ? [] : [finished(confOf(confs[type]))]));
}
