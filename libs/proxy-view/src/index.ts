export { asksForCallerTags } from './caller-tags.ts';
export { buildProxyView, completeView, findProxy, type KnownProxy } from './build-proxy-view.ts';
export { chooseCredentials, TRUST_BUNDLE, type CredentialChoice, type CredentialHistory, type Credentials, type WorkloadIdentity } from './credentials.ts';
export { endpointsView } from './endpoints-view.ts';
export { matchPolicies, type MatchedPolicies, type TypeMatch } from './matched-policies.ts';
export { meshView } from './mesh-view.ts';
export { forwardsTelemetry, type NamedCollector, type TelemetrySignal } from './named-collectors.ts';
export type { Naming } from './naming.ts';
export { buildOutboundGroup, outboundGroupSteps, type BuiltGroup } from './outbound-group.ts';
export { outboundSpecs, type OutboundSpec } from './outbound-specs.ts';
export { proxyId } from './proxy-id.ts';
export { proxyConfs, type ProxyConfs } from './proxy-confs.ts';
export type { ClassCredentials, ProxyClass } from './proxy-class.ts';
export type {
  CollectorView, DestinationView, DirectAccessView, DnsView, EndpointsView, EndpointView, ExternalServerView, InboundPolicyRules, InboundTls, InboundView, LocalityRules, LocalityView, MeshCredentials, MeshView, NameView, OutboundGroup, OutboundView, PemSource,
  ProbesView, Protocol, ProxyClient, ProxyKey, ProxyView, RouteView, SecretRef, ServiceTarget, TelemetryView, TlsVersion, TrafficSource, TransparentProxyPorts, ZoneProxyType,
} from './proxy-view.ts';
export type { InboundRule, Origin, SubsetRule, SubsetTag } from './rules.ts';
export { concernsPermissions } from './outside-permissions.ts';
export { EGRESS_SERVICE, type KnownTarget } from './service-target.ts';
export { trafficSource } from './telemetry-view.ts';
export type { ViewSources } from './view-sources.ts';
export { meshEgress, type EgressSources, type MeshEgress } from './zone-proxy/egress-destinations.ts';
export { dataplaneEgress, type EgressNaming } from './zone-proxy/egress-listeners.ts';
export type { DataplaneEgress, EgressContext, EgressDestination, EgressListenerView, EgressPassage, EgressPermission, ExternalEndpoint, OriginationTls } from './zone-proxy/egress-view.ts';
export { findZoneProxy } from './zone-proxy/find-zone-proxy.ts';
export { dataplaneIngressListeners, zoneIngressListener } from './zone-proxy/ingress-listeners.ts';
export { rulesOfWay } from './zone-proxy/listener-rules.ts';
export { ingressDestinations, localEndpoints } from './zone-proxy/ingress-destinations.ts';
export type { IngressChain, IngressDestination, IngressForm, IngressListenerView, IngressOffer, ListenerProxy, ZoneProxyView } from './zone-proxy/zone-proxy-view.ts';
