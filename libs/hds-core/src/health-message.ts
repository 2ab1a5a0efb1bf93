import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { HealthStatus } from '@weft/envoy-proto/envoy/config/core/v3/health_check_pb.js';
import { NodeSchema } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { HealthCheckRequestOrEndpointHealthResponseSchema, type ClusterEndpointsHealth } from '@weft/envoy-proto/envoy/service/health/v3/hds_pb.js';
import { err, ok, type Result } from '@weft/kernel';
import { ADMIN_CLUSTER, probedPort } from './health-check-specifier.ts';

/** What Envoy's probes say now. What is not known yet is left out. */
export interface HealthReport {
  readonly proxy: boolean | undefined;
  /** By port, as text. */
  readonly workloads: Readonly<Record<string, boolean>>;
}

/** A message of the client: who it is (an encoded node), or a report. */
export type HealthMessage = { readonly kind: 'node'; readonly node: Uint8Array } | { readonly kind: 'report'; readonly report: HealthReport };

/** Reads an encoded `HealthCheckRequestOrEndpointHealthResponse`. Never throws; the error says what is wrong. */
export function parseHealthMessage(bytes: Uint8Array): Result<HealthMessage, string> {
  try {
    const { requestType } = fromBinary(HealthCheckRequestOrEndpointHealthResponseSchema, bytes);
    if (requestType.case === 'endpointHealthResponse') return ok({ kind: 'report', report: reportOf(requestType.value.clusterEndpointsHealth) });
    if (requestType.case !== 'healthCheckRequest') return err('the message is neither a request nor a report');
    const { node } = requestType.value;
    return node === undefined ? err('the request carries no node') : ok({ kind: 'node', node: toBinary(NodeSchema, node) });
  } catch (caught) {
    return err(`malformed message: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
}

function reportOf(clusters: readonly ClusterEndpointsHealth[]): HealthReport {
  const workloads: Record<string, boolean> = {};
  let proxy: boolean | undefined;
  for (const cluster of clusters) {
    const healthy = isHealthy(cluster);
    const port = probedPort(cluster.clusterName);
    if (healthy === undefined) continue;
    if (cluster.clusterName === ADMIN_CLUSTER) proxy = healthy;
    else if (port !== undefined) workloads[port] = healthy;
  }
  return { proxy, workloads };
}

function isHealthy({ localityEndpointsHealth }: ClusterEndpointsHealth): boolean | undefined {
  const known = localityEndpointsHealth.flatMap(({ endpointsHealth }) => endpointsHealth).map(({ healthStatus }) => healthStatus).filter((status) => status !== HealthStatus.UNKNOWN);
  return known.length === 0 ? undefined : known.every((status) => status === HealthStatus.HEALTHY || status === HealthStatus.DEGRADED);
}
