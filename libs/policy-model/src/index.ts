export { defaultPolicies, type DefaultPolicy } from './default-policies.ts';
export { convertLegacy } from './legacy/conversion/convert-legacy.ts';
export type { Conversion, ConvertedPart } from './legacy/conversion/conversion.ts';
export { SAME_SERVICE } from './legacy/conversion/traffic-route.ts';
export { MatchSchema, type Match } from './match/schema.ts';
export { meshCircuitBreakerType } from './policies/mesh-circuit-breaker/mesh-circuit-breaker.ts';
export type { MeshCircuitBreakerConf, MeshCircuitBreakerSpec } from './policies/mesh-circuit-breaker/schema.ts';
export { meshExternalAuthorizationType } from './policies/mesh-external-authorization/mesh-external-authorization.ts';
export type { Authorizer, MeshExternalAuthorizationSpec } from './policies/mesh-external-authorization/schema.ts';
export { meshHttpRouteType } from './policies/mesh-http-route/mesh-http-route.ts';
export type {
  HeaderMatch, HttpFilter, HttpMatch, MeshHttpRouteConf, MeshHttpRouteRule, MeshHttpRouteRuleConf, MeshHttpRouteSpec,
} from './policies/mesh-http-route/schema.ts';
export { meshRequestAuthenticationType } from './policies/mesh-request-authentication/mesh-request-authentication.ts';
export type { JwtProvider, MeshRequestAuthenticationSpec } from './policies/mesh-request-authentication/schema.ts';
export { meshRequestPermissionType } from './policies/mesh-request-permission/mesh-request-permission.ts';
export type { MeshRequestPermissionConf, MeshRequestPermissionSpec, RequestMatch } from './policies/mesh-request-permission/schema.ts';
export { meshRetryType } from './policies/mesh-retry/mesh-retry.ts';
export type { MeshLoadBalancingStrategyConf } from './policies/mesh-load-balancing-strategy/schema.ts';
export type { MeshRetryConf, MeshRetrySpec } from './policies/mesh-retry/schema.ts';
export { meshTimeoutType } from './policies/mesh-timeout/mesh-timeout.ts';
export type { MeshTimeoutConf, MeshTimeoutSpec } from './policies/mesh-timeout/schema.ts';
export { meshTlsType } from './policies/mesh-tls/mesh-tls.ts';
export { TLS_VERSIONS, type MeshTlsConf, type MeshTlsSpec } from './policies/mesh-tls/schema.ts';
export { meshTrafficPermissionType } from './policies/mesh-traffic-permission/mesh-traffic-permission.ts';
export type { MeshTrafficPermissionConf, MeshTrafficPermissionRuleConf, MeshTrafficPermissionSpec } from './policies/mesh-traffic-permission/schema.ts';
export { policyTypes } from './policies/policy-types.ts';
export { allTypes, weftRegistry } from './registry.ts';
export { BackendRefSchema, TARGET_REF_KINDS, TargetRefSchema, type BackendRef, type TargetRef, type TargetRefKind } from './target-ref/schema.ts';
