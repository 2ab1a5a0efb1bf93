import { create } from '@bufbuild/protobuf';
import { clusterResource, explicitLimits, finishCluster, pipeAddress, staticCluster, socketAddress, statName, type EnvoyResource } from '@weft/envoy-builders';
import { Cluster_DiscoveryType } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { HttpProtocolOptionsSchema } from '@weft/envoy-proto/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { CollectorView } from '@weft/proxy-view';
import { isIp } from '@weft/resource-model';
import { confOf, objects, textOf, type Conf } from '../conf.ts';

/** A place that telemetry is sent to. */
export interface CollectorPlace {
  readonly address: string;
  readonly port: number;
  /** HTTP/2, as gRPC needs; default HTTP/1.1. */
  readonly http2?: boolean;
  /** The agent's socket, in the place of address and port; it speaks gRPC. */
  readonly socket?: string | undefined;
}

/** The collector of an OpenTelemetry backend, which the view has resolved; undefined for other backends. */
export function collectorOf(backend: Conf): CollectorView | undefined {
  const { name, address, port, protocol, path, isImplied, env } = confOf(confOf(backend['openTelemetry'])['collector']);
  if (typeof address !== 'string' || typeof port !== 'number') return undefined;
  const named = textOf(name);
  const below = textOf(path);
  return { address, port, protocol: protocol === 'http' ? 'http' : 'grpc', ...(named !== undefined && { name: named }), ...(below !== undefined && { path: below }), ...(isImplied === true && { isImplied }), ...(env !== undefined && { env: confOf(env) }) };
}

/** All collectors of confs with `backends`, each once, in the order in which they first appear. */
export function collectorsOf(confs: readonly unknown[]): CollectorView[] {
  const found = confs.flatMap((conf) => objects(confOf(conf)['backends']).flatMap((backend) => collectorOf(backend) ?? []));
  return [...new Map(found.map((collector) => [JSON.stringify(collector), collector])).values()];
}

/** The cluster of a collector. A name is resolved by Envoy. */
export function collectorCluster(name: string, { address, port, http2 = false, socket }: CollectorPlace): EnvoyResource {
  const cluster = explicitLimits(staticCluster(name, socket === undefined ? socketAddress(address, port) : pipeAddress(socket), 5000));
  if (socket === undefined && !isIp(address)) cluster.clusterDiscoveryType = { case: 'type', value: Cluster_DiscoveryType.STRICT_DNS };
  const http = http2 ? create(HttpProtocolOptionsSchema, { upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'http2ProtocolOptions', value: {} } } } }) : undefined;
  return clusterResource(finishCluster({ protocol: 'tcp', cluster, http, tls: undefined }));
}

/** `<address>-<port>` with nothing in it that a statistic's name may not have. */
export function placeName({ address, port }: Pick<CollectorPlace, 'address' | 'port'>): string {
  return `${statName(address)}-${port}`;
}
