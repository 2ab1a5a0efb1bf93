export type {
  DestinationView, EndpointsView, EndpointView, InboundPolicyRules, InboundTls, InboundView, LocalityView, MeshView, OutboundGroup, OutboundView,
  Protocol, ProxyClient, ProxyKey, ProxyView, RouteView, SecretRef, ServiceTarget, TlsVersion, TransparentProxyPorts,
} from './proxy-view.ts';
export type { InboundRule, Origin, SubsetRule, SubsetTag } from './rules.ts';
