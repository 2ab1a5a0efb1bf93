import { create } from '@bufbuild/protobuf';
import { packAny } from '@weft/envoy-proto';
import { CircuitBreakersSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/circuit_breaker_pb.js';
import { Cluster_DiscoveryType, Cluster_TransportSocketMatchSchema, ClusterSchema, type Cluster } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { BindConfigSchema, type Address, type BindConfig } from '@weft/envoy-proto/envoy/config/core/v3/address_pb.js';
import { TransportSocketSchema, type TransportSocket } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { UpstreamTlsContextSchema, type UpstreamTlsContext } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { HttpProtocolOptionsSchema, type HttpProtocolOptions } from '@weft/envoy-proto/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { DestinationView, InboundView, Protocol } from '@weft/proxy-view';
import type { OutboundContext, ProxyContext } from './contract.ts';
import { duration, overAds, socketAddress } from './message-parts.ts';
import { altStatName } from './naming.ts';
import { credentialsOf, TLS_SOCKET, upstreamTls } from './tls-context.ts';

/** A cluster while policies work on it. The messages are the draft's own: a policy may change them. */
export interface ClusterDraft {
  readonly protocol: Protocol;
  readonly cluster: Cluster;
  /** HTTP options towards the endpoints; undefined for plain TCP. */
  readonly http: HttpProtocolOptions | undefined;
  readonly tls: UpstreamTlsContext | undefined;
  /** TLS of each endpoint, by its name in the metadata, where these differ. */
  readonly tlsByServer?: readonly { readonly name: string; readonly tls: UpstreamTlsContext | undefined }[];
  /** Other server names for the entrances of some zones. */
  readonly sniByZone?: Readonly<Record<string, string>>;
  /** What requests to it say of their sender's tags; absent where nobody asks. */
  readonly callerTags?: string;
}

/** The cluster of an inbound: the one workload behind it. */
export function draftInboundCluster(view: InboundView, ctx: ProxyContext, name: string): ClusterDraft {
  const cluster = staticCluster(name, socketAddress(view.workload.address, view.workload.port), 10_000);
  const bind = ctx.transparentProxy !== undefined && !isLoopback(view.workload.address) ? sourceOutsideRedirection(view.workload.address) : undefined;
  if (bind !== undefined) cluster.upstreamBindConfig = bind;
  return { protocol: view.protocol, cluster, http: inboundHttpOptions(view.protocol), tls: undefined };
}

/** The cluster of a destination: endpoints by EDS, mesh TLS where it has any, HTTP/2 between sidecars; what lies outside is spoken to as it is. */
export function draftDestinationCluster(view: DestinationView, ctx: OutboundContext): ClusterDraft {
  const cluster = create(ClusterSchema, {
    name: view.clusterName,
    altStatName: altStatName(view.clusterName),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: overAds() },
  });
  const tls = view.tls === undefined ? undefined : upstreamTls(view.tls, credentialsOf(ctx));
  return { protocol: view.protocol, cluster, http: isExternal(view) ? httpOptionsOf(view.protocol) : http2Options(), tls, ...(view.tls?.sniByZone !== undefined && { sniByZone: view.tls.sniByZone }), ...(ctx.callerTags !== undefined && { callerTags: ctx.callerTags }) };
}

/** The finished cluster. */
export function finishCluster(draft: ClusterDraft): Cluster {
  const { cluster, http, tls } = draft;
  if (http !== undefined) cluster.typedExtensionProtocolOptions[HTTP_OPTIONS] = packAny(HttpProtocolOptionsSchema, http);
  for (const server of draft.tlsByServer ?? []) {
    if (server.tls !== undefined) cluster.transportSocketMatches.push(create(Cluster_TransportSocketMatchSchema, { name: server.name, match: { server: server.name }, transportSocket: tlsSocket(server.tls) }));
  }
  if (tls === undefined) return cluster;
  cluster.transportSocket = tlsSocket(tls);
  for (const [zone, sni] of Object.entries(draft.sniByZone ?? {})) {
    cluster.transportSocketMatches.push(create(Cluster_TransportSocketMatchSchema, { name: `${sni} ${zone}`, match: { [ZONE_TAG]: zone }, transportSocket: tlsSocket({ ...tls, sni }) }));
  }
  return cluster;
}

const ZONE_TAG = 'kuma.io/zone';

function tlsSocket(tls: UpstreamTlsContext): TransportSocket {
  return create(TransportSocketSchema, { name: TLS_SOCKET, configType: { case: 'typedConfig', value: packAny(UpstreamTlsContextSchema, tls) } });
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** A cluster with one fixed endpoint, or none. */
export function staticCluster(name: string, address: Address | undefined, connectTimeoutMs: number): Cluster {
  return create(ClusterSchema, {
    name,
    altStatName: altStatName(name),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: duration(connectTimeoutMs),
    ...(address !== undefined && { loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address } } }] }] } }),
  });
}

/** Of limits that nobody set: Envoy's own would be 1,024 connections, requests and waiting requests, and 3 retries. */
const UNLIMITED = 4_294_967_295;

/**
 * Completes the limits of a cluster (default priority): what no policy limits has no limit, so that none decides that
 * nobody can see, and what is left below each is a gauge.
 */
export function explicitLimits(cluster: Cluster): Cluster {
  cluster.circuitBreakers ??= create(CircuitBreakersSchema, { thresholds: [{}] });
  for (const threshold of cluster.circuitBreakers.thresholds) {
    threshold.trackRemaining = true;
    threshold.maxConnections ??= UNLIMITED;
    threshold.maxPendingRequests ??= UNLIMITED;
    threshold.maxRequests ??= UNLIMITED;
    threshold.maxRetries ??= UNLIMITED;
  }
  return cluster;
}

/** Source address that redirection rules let through: 127.0.0.6, or ::6. */
export function sourceOutsideRedirection(family: string): BindConfig {
  const address = family.includes(':') ? '::6' : '127.0.0.6';
  return create(BindConfigSchema, { sourceAddress: { address, portSpecifier: { case: 'portValue', value: 0 } } });
}

function isExternal({ target }: DestinationView): boolean {
  return target.kind === 'resource' && target.type === 'MeshExternalService';
}

/** Options of the version of HTTP that a protocol is of; none for the rest. */
export function httpOptionsOf(protocol: Protocol): HttpProtocolOptions | undefined {
  if (protocol === 'http') return create(HttpProtocolOptionsSchema, { upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'httpProtocolOptions', value: {} } } } });
  return protocol === 'http2' || protocol === 'grpc' ? http2Options() : undefined;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function inboundHttpOptions(protocol: Protocol): HttpProtocolOptions | undefined {
  if (protocol === 'http') return create(HttpProtocolOptionsSchema, { commonHttpProtocolOptions: { idleTimeout: duration(7_200_000) }, upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'httpProtocolOptions', value: {} } } } });
  return protocol === 'http2' || protocol === 'grpc' ? http2Options() : undefined;
}

/** HTTP/2, whatever the downstream speaks. */
export function http2Options(): HttpProtocolOptions {
  return create(HttpProtocolOptionsSchema, { upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'http2ProtocolOptions', value: {} } } } });
}
