export { adminSecretRefs, buildAdmin, type AdminView } from './admin.ts';
export { draftDestinationCluster, draftInboundCluster, explicitLimits, finishCluster, http2Options, httpOptionsOf, sourceOutsideRedirection, staticCluster, type ClusterDraft } from './cluster-draft.ts';
export { clusterResource, encodeResource, endpointsResource, listenerResource, routesResource, secretResource, type EnvoyResource, type OutboundContext, type ProxyContext } from './contract.ts';
export { buildDirectAccess, buildDirectAccessCluster } from './direct-access.ts';
export { buildDns } from './dns.ts';
export { NameRecords, type NameRecord } from './name-records.ts';
export { buildDynamicConfigListener, buildDynamicRoutes, dynamicConfigSocketPath, type DynamicDocument, type DynamicDocuments } from './dynamic-config.ts';
export { buildEndpoints } from './endpoints.ts';
export { draftExternalCluster } from './external-cluster.ts';
export { copyChain, finishChain, isHttp, type ChainDraft, type Terminal } from './filter-chain.ts';
export { addClusters, addTlsInspector, draftInbound, finishInbound, tlsInspector, type InboundDraft } from './inbound-draft.ts';
export { stringMatcher, type MatchPattern } from './match-pattern.ts';
export { callerTagsHeader, duration, extension, filterMetadata, loopback, pipeAddress, socketAddress, sortedRecord } from './message-parts.ts';
export {
  adminSecretNames, altStatName, caSecretName, CATCH_ALL_MATCHES, contextualInboundName, hashSni, kriSni, hostPort, identitySecretName, inboundNames, isAdminSecret, matchesHash, NO_DESTINATION, outboundNames, passthroughName, zoneListenerName, zoneProxyListenerName,
  resourceClusterName, serviceKri, statName, systemNames, tagClusterName, tagSni, type AdminSecretNames, type InboundNames, type OutboundNames, type SystemNames,
} from './naming.ts';
export { RATE_LIMIT_REFUSAL, rateLimitedBy } from './named-refusals.ts';
export { buildProbes, type ProbesContext } from './probes.ts';
export { draftOutbound, finishOutbound, type OutboundDraft, type RouteDraft } from './outbound-draft.ts';
export { buildIdentitySecret, buildTrustBundleSecret, buildValidationSecret, type CertificateWithKey } from './secrets.ts';
export { draftTransparentProxy, finishTransparentProxy, passthroughCluster, type PassthroughDraft, type TransparentProxyDraft } from './transparent-proxy.ts';
export { typeOrder } from './type-order.ts';
export { credentialsOf, downstreamTls, MESH_ALPN, tlsParameters, TLS_SOCKET, upstreamTls, type TlsSettings } from './tls-context.ts';
export { accessLogSocketPath, adminSocketPath, collectorSocketPath, metricsSocketPath, type AdminListener, type BootstrapInput, type TokenSource } from './bootstrap/bootstrap-input.ts';
export { buildEgressListener, draftEgress, draftEgressCluster, finishEgress, type EgressDraft } from './zone-proxy/egress-draft.ts';
export { buildIngressCluster, buildIngressListener, draftPassage, passages, sharedPassage } from './zone-proxy/ingress.ts';
export { buildBootstrap } from './bootstrap/build-bootstrap.ts';
