import { create } from '@bufbuild/protobuf';
import { TrafficDirection } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import { HttpConnectionManagerSchema } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { ProbesView, ProxyView } from '@weft/proxy-view';
import { listenerResource, type EnvoyResource } from './contract.ts';
import { finishChain } from './filter-chain.ts';
import { loopback, socketAddress } from './message-parts.ts';
import { inboundNames, PROBE_NAMES, statName } from './naming.ts';

/** What the listener depends on. */
export type ProbesContext = Pick<ProxyView, 'address' | 'unifiedNaming'> & { readonly ipv6Enabled: boolean; readonly reusePort: boolean };

/** Virtual probes: a plaintext listener on the proxy's address; each path leads to its workload under the path that it has there. */
export function buildProbes({ port, routes }: ProbesView, context: ProbesContext): EnvoyResource {
  const hcm = create(HttpConnectionManagerSchema, {
    statPrefix: statName(PROBE_NAMES.listener),
    internalAddressConfig: { cidrRanges: loopback(context.ipv6Enabled) },
    routeSpecifier: {
      case: 'routeConfig',
      value: {
        name: PROBE_NAMES.routes,
        validateClusters: false,
        virtualHosts: [{
          name: PROBE_NAMES.virtualHost,
          domains: ['*'],
          routes: routes.map(({ path, inboundPath, inbound }) => ({
            match: { pathSpecifier: { case: 'path' as const, value: path } },
            // With a match of the whole path this replaces all of it and keeps the query.
            action: { case: 'route' as const, value: { clusterSpecifier: { case: 'cluster' as const, value: inboundNames(inbound, context.unifiedNaming).cluster }, prefixRewrite: inboundPath } },
          })),
        }],
      },
    },
  });
  return listenerResource(create(ListenerSchema, {
    name: PROBE_NAMES.listener,
    address: socketAddress(context.address, port),
    trafficDirection: TrafficDirection.INBOUND,
    ...(context.reusePort && { enableReusePort: true }),
    filterChains: [finishChain({ match: undefined, tls: undefined, networkFilters: [], terminal: { kind: 'http', httpFilters: [], hcm } })],
  }));
}
