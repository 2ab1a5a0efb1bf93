import { create } from '@bufbuild/protobuf';
import { Cluster_DiscoveryType, Cluster_LbSubsetConfig_LbSubsetFallbackPolicy as Fallback, Cluster_LbSubsetConfig_LbSubsetSelector_LbSubsetSelectorFallbackPolicy as SelectorFallback, ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { FilterChainMatchSchema, FilterChainSchema, FilterSchema, type FilterChain } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { ConfigSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/direct_response/v3/config_pb.js';
import { TcpProxySchema } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { IngressChain, IngressDestination, IngressListenerView } from '@weft/proxy-view';
import { explicitLimits } from '../cluster-draft.ts';
import { clusterResource, listenerResource, type EnvoyResource } from '../contract.ts';
import { finishChain, type ChainDraft } from '../filter-chain.ts';
import { tlsInspector } from '../inbound-draft.ts';
import { duration, extension, filterMetadata, overAds, socketAddress } from '../message-parts.ts';
import { altStatName, statName } from '../naming.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The listener of an ingress: it reads the name in the client's TLS hello and passes the connection on as it is, so that
 * only the two sidecars see what is in it. With nothing to offer it says who it is, or is left out. `passageOf`: see {@link sharedPassage}.
 */
export function buildIngressListener(view: IngressListenerView, destinations: readonly IngressDestination[], passageOf: PassageOf = passage): EnvoyResource[] {
  const chains = passages(destinations, passageOf);
  const filterChains = chains.length > 0 ? chains : idleChain(view);
  if (filterChains.length === 0) return [];
  // Whoever only looks whether somebody is there says nothing that could be inspected.
  return [listenerResource(create(ListenerSchema, {
    name: view.name,
    ...(view.unifiedNaming && { statPrefix: statName(view.name) }),
    address: socketAddress(view.address, view.port),
    trafficDirection: TrafficDirection.INBOUND,
    ...(view.reusePort && { enableReusePort: true }),
    ...(chains.length > 0 && { listenerFilters: [tlsInspector()] }),
    filterChains,
  }))];
}

/** The cluster behind a destination of an ingress. */
export function buildIngressCluster({ clusterName, chains }: IngressDestination): EnvoyResource {
  const keys = [...new Set(chains.map(({ subset }) => Object.keys(subset).sort().join(' ')))].filter((one) => one !== '').sort();
  return clusterResource(explicitLimits(create(ClusterSchema, {
    name: clusterName,
    altStatName: altStatName(clusterName),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: overAds() },
    connectTimeout: duration(CONNECT_TIMEOUT_MS),
    ...(keys.length > 0 && {
      lbSubsetConfig: {
        fallbackPolicy: Fallback.ANY_ENDPOINT,
        subsetSelectors: keys.map((one) => ({ keys: one.split(' '), fallbackPolicy: SelectorFallback.NO_FALLBACK })),
      },
    }),
  })));
}

/** One chain per name; a second destination of the same name cannot be told from the first, and would cost the whole listener. */
export function passages(destinations: readonly IngressDestination[], passageOf: PassageOf = passage): FilterChain[] {
  const taken = new Set<string>();
  return destinations.flatMap(({ clusterName, chains }) => chains.flatMap((chain) => {
    if (taken.has(chain.sni)) return [];
    taken.add(chain.sni);
    return [passageOf(clusterName, chain)];
  }));
}

/** Makes the filter chain of one way. */
export type PassageOf = (clusterName: string, chain: IngressChain) => FilterChain;

const shared = new WeakMap<IngressChain, FilterChain>();

/** Made once for all listeners that nobody changes: thousands of them make one listener, and one more service must not cost them all again. */
export function sharedPassage(clusterName: string, chain: IngressChain): FilterChain {
  const known = shared.get(chain);
  if (known !== undefined) return known;
  const made = passage(clusterName, chain);
  shared.set(chain, made);
  return made;
}

function passage(clusterName: string, chain: IngressChain): FilterChain {
  return finishChain(draftPassage(clusterName, chain));
}

/** One way before any policy. */
export function draftPassage(clusterName: string, { sni, subset }: IngressChain): ChainDraft {
  return {
    match: create(FilterChainMatchSchema, { transportProtocol: 'tls', serverNames: [sni] }),
    tls: undefined,
    networkFilters: [],
    terminal: {
      kind: 'tcp',
      proxy: create(TcpProxySchema, {
        statPrefix: statName(clusterName),
        clusterSpecifier: { case: 'cluster', value: clusterName },
        ...(Object.keys(subset).length > 0 && { metadataMatch: filterMetadata({ 'envoy.lb': subset }) }),
      }),
    },
  };
}

function idleChain({ idle }: IngressListenerView): FilterChain[] {
  if (idle === undefined) return [];
  const text = JSON.stringify({ proxy: idle.proxy, zone: idle.zone });
  const filter = create(FilterSchema, extension('envoy.filters.network.direct_response', ConfigSchema, { response: { specifier: { case: 'inlineString', value: text } } }));
  return [create(FilterChainSchema, { filters: [filter] })];
}
