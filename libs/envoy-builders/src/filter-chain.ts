import { clone, create } from '@bufbuild/protobuf';
import { packAny } from '@weft/envoy-proto';
import { TransportSocketSchema } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { FilterChainSchema, FilterSchema, type Filter, type FilterChain, type FilterChainMatch } from '@weft/envoy-proto/envoy/config/listener/v3/listener_components_pb.js';
import { FilterConfigSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/grpc_stats/v3/config_pb.js';
import { RouterSchema } from '@weft/envoy-proto/envoy/extensions/filters/http/router/v3/router_pb.js';
import { HttpConnectionManagerSchema, HttpFilterSchema, type HttpConnectionManager, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema, type TcpProxy } from '@weft/envoy-proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { DownstreamTlsContextSchema, type DownstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { Protocol } from '@weft/proxy-view';
import { extension } from './message-parts.ts';
import { TLS_SOCKET } from './tls-context.ts';

/** What ends a filter chain: an HTTP connection manager (its filters before the router apart), or a TCP proxy. */
export type Terminal =
  | { readonly kind: 'http'; readonly hcm: HttpConnectionManager; readonly httpFilters: HttpFilter[] }
  | { readonly kind: 'tcp'; readonly proxy: TcpProxy };

/** A filter chain while policies work on it. Messages are its own: a policy may change them. */
export interface ChainDraft {
  readonly match: FilterChainMatch | undefined;
  /** Mesh TLS of the chain; undefined where it takes plaintext (or what is TLS of the application). */
  readonly tls: DownstreamTlsContext | undefined;
  /** Network filters before the last one. */
  readonly networkFilters: Filter[];
  readonly terminal: Terminal;
}

/** True for the protocols that get an HTTP connection manager. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}

/** HTTP filters that a protocol brings by itself: statistics per gRPC method. */
export function protocolFilters(protocol: Protocol): HttpFilter[] {
  if (protocol !== 'grpc') return [];
  return [create(HttpFilterSchema, extension('envoy.filters.http.grpc_stats', FilterConfigSchema, {
    emitFilterState: true,
    perMethodStatSpecifier: { case: 'statsForAllMethods', value: { value: true } },
  }))];
}

/** A copy of a chain with another match and TLS context; no message is shared. */
export function copyChain(chain: ChainDraft, changed: Pick<ChainDraft, 'match' | 'tls'>): ChainDraft {
  const { terminal } = chain;
  return {
    ...changed,
    networkFilters: chain.networkFilters.map((filter) => clone(FilterSchema, filter)),
    terminal: terminal.kind === 'http'
      ? { kind: 'http', hcm: clone(HttpConnectionManagerSchema, terminal.hcm), httpFilters: terminal.httpFilters.map((filter) => clone(HttpFilterSchema, filter)) }
      : { kind: 'tcp', proxy: clone(TcpProxySchema, terminal.proxy) },
  };
}

/** The finished chain: router last among the HTTP filters, connection manager or TCP proxy last among the network filters. */
export function finishChain(chain: ChainDraft): FilterChain {
  return create(FilterChainSchema, {
    ...(chain.match !== undefined && { filterChainMatch: chain.match }),
    filters: [...chain.networkFilters, create(FilterSchema, terminalFilter(chain.terminal))],
    ...(chain.tls !== undefined && { transportSocket: create(TransportSocketSchema, { name: TLS_SOCKET, configType: { case: 'typedConfig', value: packAny(DownstreamTlsContextSchema, chain.tls) } }) }),
  });
}

function terminalFilter(terminal: Terminal): ReturnType<typeof extension> {
  if (terminal.kind === 'tcp') return extension('envoy.filters.network.tcp_proxy', TcpProxySchema, terminal.proxy);
  const router = create(HttpFilterSchema, extension('envoy.filters.http.router', RouterSchema, {}));
  return extension('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, { ...terminal.hcm, httpFilters: [...terminal.httpFilters, router] });
}
