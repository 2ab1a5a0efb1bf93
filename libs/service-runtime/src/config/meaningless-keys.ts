/** Keys (or sections, ending in a dot) that are accepted and do nothing here, with the reason that a warning gives. */
const MEANINGLESS: readonly (readonly [prefixes: readonly string[], reason: string])[] = [
  [['store.postgres.', 'store.kubernetes.', 'store.cache.', 'store.upsert.'], 'Weft keeps resources in its own stores: set store.type to memory, embedded or redis'],
  [['xdsServer.dataplaneConfigurationRefreshInterval', 'dpServer.hds.refreshInterval', 'multizone.global.kds.refreshInterval', 'multizone.zone.kds.refreshInterval',
    'multizone.zone.ingressUpdateInterval', 'multizone.global.kds.zoneInsightFlushInterval', 'metrics.mesh.', 'monitoringAssignmentServer.assignmentRefreshInterval',
    'runtime.universal.vipRefreshInterval', 'runtime.universal.workload.generationInterval', 'coreResources.status.', 'ipam.allocationInterval',
    'meshService.generationInterval', 'experimental.kdsEventBasedWatchdog.', 'eventBus.'], 'Weft reacts to changes and polls nothing'],
  [['interCp.'], 'instances of Weft reach each other over the bus: set bus.type and bus.nats.servers'],
  [['runtime.kubernetes.', 'experimental.sidecarContainers', 'experimental.kubeOutboundsAsVIPs'], 'Weft does not run on Kubernetes yet'],
  [['reports.enabled'], 'Weft sends no reports'],
  [['monitoringAssignmentServer.', 'proxy.gateway.', 'tracing.', 'metrics.openTelemetry.enabled', 'diagnostics.debugEndpoints', 'diagnostics.tls', 'dnsServer.port'], 'Weft does not have this yet'],
  [['experimental.deltaXds'], 'each proxy chooses delta or state of the world itself'],
  [['experimental.useTagFirstVirtualOutboundModel'], 'Weft has one model of outbounds'],
];

/** Why a key does nothing, or undefined where it has a meaning. */
export function reasonForNoMeaning(path: string): string | undefined {
  return MEANINGLESS.find(([prefixes]) => prefixes.some((prefix) => path.startsWith(prefix)))?.[1];
}
