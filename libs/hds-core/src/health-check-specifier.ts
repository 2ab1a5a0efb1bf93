import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { AddressSchema } from '@weft/envoy-proto/envoy/config/core/v3/address_pb.js';
import type { HealthCheck } from '@weft/envoy-proto/envoy/config/core/v3/health_check_pb.js';
import { HealthCheckSpecifierSchema, type ClusterHealthCheckSchema } from '@weft/envoy-proto/envoy/service/health/v3/hds_pb.js';
import { parseDuration } from '@weft/kernel';
import type { DataplaneInbound, DataplaneSpec } from '@weft/resource-model';
import { workloadPort } from './inbound-health.ts';

/** Pace of reports and of checks that name none of their own. Milliseconds. */
export interface ProbeSettings {
  readonly interval: number;
  readonly checkDefaults: { readonly timeout: number; readonly interval: number; readonly noTrafficInterval: number; readonly healthyThreshold: number; readonly unhealthyThreshold: number };
}

/** The proxy whose workloads are probed. */
export interface ProbedProxy {
  readonly spec: DataplaneSpec;
  /** Where Envoy's admin interface listens; without it Envoy itself is not probed. */
  readonly admin: { readonly socketPath: string } | { readonly address: string; readonly port: number } | undefined;
  /** Connections to the workload are redirected unless they come from an address of their own. */
  readonly redirected: boolean;
}

/** Cluster of the probe of Envoy itself. */
export const ADMIN_CLUSTER = 'kuma:envoy:admin';
const WORKLOAD_CLUSTER = 'localhost:';

type Timings = Pick<HealthCheck, 'timeout' | 'interval' | 'noTrafficInterval' | 'healthyThreshold' | 'unhealthyThreshold' | 'reuseConnection'>;
type ClusterCheck = MessageInitShape<typeof ClusterHealthCheckSchema>;
type AnyAddress = MessageInitShape<typeof AddressSchema>;

/** What Envoy is asked to check, encoded as `envoy.service.health.v3.HealthCheckSpecifier`. Names and timings: Kuma 2.14. */
export function healthCheckSpecifier({ spec, admin, redirected }: ProbedProxy, settings: ProbeSettings): Uint8Array {
  const inbounds = (spec.networking?.inbound ?? []).filter(({ serviceProbe, state }) => serviceProbe !== undefined && state !== 'Ignored');
  const byPort = new Map(inbounds.map((inbound) => [workloadPort(inbound), inbound]));
  const clusterHealthChecks = [
    ...[...byPort].map(([port, inbound]) => workloadCheck(port, inbound, { spec, redirected, settings })),
    ...(admin === undefined ? [] : [adminCheck(admin, settings)]),
  ];
  return toBinary(HealthCheckSpecifierSchema, create(HealthCheckSpecifierSchema, { interval: durationFromMs(settings.interval), clusterHealthChecks }));
}

/** Port of the workload that a cluster of a report stands for; undefined for every other cluster. */
export function probedPort(cluster: string): string | undefined {
  return cluster.startsWith(WORKLOAD_CLUSTER) ? cluster.slice(WORKLOAD_CLUSTER.length) : undefined;
}

function workloadCheck(port: number, inbound: DataplaneInbound, { spec, redirected, settings }: Pick<ProbedProxy, 'spec' | 'redirected'> & { readonly settings: ProbeSettings }): ClusterCheck {
  const address = inbound.serviceAddress ?? inbound.address ?? spec.networking?.address ?? '127.0.0.1';
  const { interval, timeout, healthyThreshold, unhealthyThreshold } = inbound.serviceProbe ?? {};
  const { checkDefaults } = settings;
  return {
    ...oneEndpoint(`${WORKLOAD_CLUSTER}${port}`, socketAddress(address, port)),
    ...(redirected && { upstreamBindConfig: { sourceAddress: { address: address.includes(':') ? '::6' : '127.0.0.6', portSpecifier: { case: 'portValue' as const, value: 0 } } } }),
    healthChecks: [{
      ...timings({
        ...checkDefaults,
        timeout: msOf(timeout) ?? checkDefaults.timeout,
        interval: msOf(interval) ?? checkDefaults.interval,
        healthyThreshold: healthyThreshold ?? checkDefaults.healthyThreshold,
        unhealthyThreshold: unhealthyThreshold ?? checkDefaults.unhealthyThreshold,
      }),
      healthChecker: { case: 'tcpHealthCheck', value: {} },
    }],
  };
}

function adminCheck(admin: NonNullable<ProbedProxy['admin']>, { checkDefaults }: ProbeSettings): ClusterCheck {
  const address: AnyAddress = 'socketPath' in admin ? { address: { case: 'pipe', value: { path: admin.socketPath } } } : socketAddress(admin.address, admin.port);
  return {
    ...oneEndpoint(ADMIN_CLUSTER, address),
    healthChecks: [{ ...timings(checkDefaults), healthChecker: { case: 'httpHealthCheck', value: { host: 'localhost', path: '/ready' } } }],
  };
}

function oneEndpoint(clusterName: string, address: AnyAddress): Pick<ClusterCheck, 'clusterName' | 'localityEndpoints'> {
  return { clusterName, localityEndpoints: [{ endpoints: [{ address }] }] };
}

function timings({ timeout, interval, noTrafficInterval, healthyThreshold, unhealthyThreshold }: ProbeSettings['checkDefaults']): Timings {
  return {
    timeout: durationFromMs(timeout), interval: durationFromMs(interval), noTrafficInterval: durationFromMs(noTrafficInterval),
    healthyThreshold, unhealthyThreshold,
    // Every probe is a connection of its own: an idle one would not see that the workload stopped listening.
    reuseConnection: false,
  };
}

function socketAddress(address: string, port: number): AnyAddress {
  return { address: { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: port } } } };
}

function msOf(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed?.ok === true ? parsed.value : undefined;
}
