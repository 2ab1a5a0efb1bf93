/** Full gRPC paths of the calls that a zone opens at its global control plane. All stream both ways but `healthCheck`. */
export const KDS_METHODS = {
  /** Requests are DeltaDiscoveryRequest, responses DeltaDiscoveryResponse. */
  globalToZone: '/kuma.mesh.v1alpha1.KDSSyncService/GlobalToZoneSync',
  /** The other way round: the zone sends DeltaDiscoveryResponse. */
  zoneToGlobal: '/kuma.mesh.v1alpha1.KDSSyncService/ZoneToGlobalSync',
  healthCheck: '/kuma.mesh.v1alpha1.GlobalKDSService/HealthCheck',
  /** The zone sends answers, the global control plane asks. So do the next two. */
  configDumps: '/kuma.mesh.v1alpha1.GlobalKDSService/StreamXDSConfigs',
  stats: '/kuma.mesh.v1alpha1.GlobalKDSService/StreamStats',
  clusters: '/kuma.mesh.v1alpha1.GlobalKDSService/StreamClusters',
} as const;

/** One of the calls in {@link KDS_METHODS}. */
export type KdsMethod = keyof typeof KDS_METHODS;
