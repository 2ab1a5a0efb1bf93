/** Status of a resource of which nothing is known yet, as it travels; types that have no status are absent. Source: Kuma 2.14. */
const ZERO_STATUS: Readonly<Record<string, object>> = {
  MeshService: { tls: {}, dataplaneProxies: {} },
  MeshExternalService: { vip: {} },
  MeshMultiZoneService: {},
  MeshIdentity: {},
  MeshTrust: {},
  MeshOpenTelemetryBackend: {},
  MeshAccessLog: {},
  MeshTrace: {},
  MeshMetric: {},
  Workload: { dataplaneProxies: {} },
};

/** The status with which a resource of a type leaves the global control plane; undefined where the type has none. */
export function zeroStatusOf(type: string): object | undefined {
  return ZERO_STATUS[type];
}
