export { inspectProxy, type InspectedClient, type InspectedProxy, type InspectionSources, type Meta } from './inspected-proxy.ts';
export { legacyRules, type LegacyRule } from './legacy-rules.ts';
export { inboundPolicies, outboundPolicies, outboundRoutes, proxyPolicies, routePolicies, type AppliedPolicy, type AppliedRoutes, type AppliedRules } from './part-policies.ts';
export { proxyLayout, type LayoutListener, type LayoutPart, type ProxyLayout } from './proxy-layout.ts';
export { proxyRules, type InspectedInbound, type InspectedInboundRule, type MatchedRule, type ProxyRules, type TypeRules } from './proxy-rules.ts';
export type { InspectedResourceRule } from './resource-rules.ts';
