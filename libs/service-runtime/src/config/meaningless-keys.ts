/** Keys (or sections, ending in a dot) that are accepted and do nothing here, with the reason that a warning gives. */
const MEANINGLESS: readonly (readonly [prefixes: readonly string[], reason: string])[] = [
  [['store.postgres.', 'store.kubernetes.', 'store.cache.', 'store.upsert.'], 'Weft keeps resources in its own stores: set store.type to memory, embedded or redis'],
  [['xdsServer.dataplaneConfigurationRefreshInterval', 'dpServer.hds.refreshInterval', 'multizone.global.kds.refreshInterval', 'multizone.zone.kds.refreshInterval',
    'multizone.zone.ingressUpdateInterval', 'multizone.global.kds.responseBackoff', 'multizone.zone.kds.responseBackoff', 'multizone.global.kds.zoneInsightFlushInterval', 'metrics.mesh.', 'monitoringAssignmentServer.assignmentRefreshInterval',
    'runtime.universal.vipRefreshInterval', 'runtime.universal.workload.generationInterval', 'coreResources.status.', 'ipam.allocationInterval',
    'meshService.generationInterval', 'experimental.kdsEventBasedWatchdog.', 'eventBus.'], 'Weft reacts to changes and polls nothing'],
  [['interCp.'], 'instances of Weft reach each other over the bus: set bus.type and bus.nats.servers'],
  [['runtime.kubernetes.', 'experimental.sidecarContainers', 'experimental.kubeOutboundsAsVIPs'], 'Weft does not run on Kubernetes yet'],
  [['reports.enabled'], 'Weft sends no reports'],
  [['proxy.gateway.', 'tracing.', 'metrics.openTelemetry.enabled', 'diagnostics.debugEndpoints', 'diagnostics.tls'], 'Weft does not have this yet'],
  [['metrics.zone.'], 'Weft does not have this yet'],
  [['multizone.zone.kds.msgSendTimeout', 'multizone.global.kds.msgSendTimeout'], 'a sync that has stopped moving is started anew after stallTimeout of the same section'],
  [['multizone.zone.kds.logPayloads', 'multizone.global.kds.logPayloads', 'multizone.global.kds.tracing.'], 'Weft does not log what is synced'],
  [['apiServer.corsAllowedDomains'], 'the API answers no pages of other origins'],
  [['apiServer.auth.clientCertsDir'], 'Weft knows administrators by their tokens'],
  [['store.unsafeDelete'], 'Weft checks each deletion'],
  [['apiServer.rootUrl', 'apiServer.gui.rootUrl'], 'links of the API follow the Host header'],
  [['apiServer.https.tlsMinVersion', 'apiServer.https.tlsMaxVersion', 'apiServer.https.tlsCipherSuites', 'general.tlsMinVersion', 'general.tlsMaxVersion', 'general.tlsCipherSuites',
    'multizone.global.kds.tlsMinVersion', 'multizone.global.kds.tlsMaxVersion', 'multizone.global.kds.tlsCipherSuites', 'dpServer.tlsMinVersion', 'dpServer.tlsMaxVersion', 'dpServer.tlsCipherSuites',
    'monitoringAssignmentServer.tlsMinVersion', 'monitoringAssignmentServer.tlsMaxVersion', 'monitoringAssignmentServer.tlsCipherSuites'], 'servers of Weft speak TLS 1.2 and 1.3 with the ciphers of Node.js'],
  [['general.dnsCacheTTL', 'general.resilientComponent', 'general.certGeneration', 'xdsServer.dataplaneStatusFlushInterval', 'metrics.dataplane.subscriptionLimit', 'metrics.controlPlane.'], 'Weft has limits and pauses of its own'],
  [['defaults.skipTenantResources', 'defaults.createMeshRoutingResources', 'defaults.SkipHostnameGenerators', 'policies.pluginPoliciesEnabled', 'meshService.labelPropagation.', 'dnsServer.serviceVipPort',
    'ipam.knownInternalCIDRs', 'experimental.inboundTagsDisabled', 'experimental.autoReachableServices'], 'Weft knows one behaviour here, that of the default'],
  [['experimental.deltaXds'], 'each proxy chooses delta or state of the world itself'],
  [['experimental.useTagFirstVirtualOutboundModel'], 'Weft has one model of outbounds'],
];

/** Why a key does nothing, or undefined where it has a meaning. */
export function reasonForNoMeaning(path: string): string | undefined {
  return MEANINGLESS.find(([prefixes]) => prefixes.some((prefix) => path.startsWith(prefix)))?.[1];
}
