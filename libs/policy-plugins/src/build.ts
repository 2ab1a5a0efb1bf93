import {
  clusterResource, draftDestinationCluster, draftInbound, draftOutbound, finishCluster, finishInbound, finishOutbound,
  type EnvoyResource, type OutboundContext, type ProxyContext,
} from '@weft/envoy-builders';
import type { DestinationView, InboundView, OutboundView } from '@weft/proxy-view';
import { POLICY_PLUGINS } from './plugins.ts';

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
  const draft = draftDestinationCluster(view, ctx);
  for (const plugin of POLICY_PLUGINS) plugin.cluster?.(draft, view);
  return clusterResource(finishCluster(draft));
}
