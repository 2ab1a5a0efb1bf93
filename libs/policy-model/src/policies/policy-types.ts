import type { ResourceType } from '@weft/resource-model';
import { meshAccessLogType } from './mesh-access-log/mesh-access-log.ts';
import { meshCircuitBreakerType } from './mesh-circuit-breaker/mesh-circuit-breaker.ts';
import { meshExternalAuthorizationType } from './mesh-external-authorization/mesh-external-authorization.ts';
import { meshFaultInjectionType } from './mesh-fault-injection/mesh-fault-injection.ts';
import { meshHealthCheckType } from './mesh-health-check/mesh-health-check.ts';
import { meshHttpRouteType } from './mesh-http-route/mesh-http-route.ts';
import { meshLoadBalancingStrategyType } from './mesh-load-balancing-strategy/mesh-load-balancing-strategy.ts';
import { meshMetricType } from './mesh-metric/mesh-metric.ts';
import { meshPassthroughType } from './mesh-passthrough/mesh-passthrough.ts';
import { meshProxyPatchType } from './mesh-proxy-patch/mesh-proxy-patch.ts';
import { meshRateLimitType } from './mesh-rate-limit/mesh-rate-limit.ts';
import { meshRequestAuthenticationType } from './mesh-request-authentication/mesh-request-authentication.ts';
import { meshRequestPermissionType } from './mesh-request-permission/mesh-request-permission.ts';
import { meshRetryType } from './mesh-retry/mesh-retry.ts';
import { meshTcpRouteType } from './mesh-tcp-route/mesh-tcp-route.ts';
import { meshTimeoutType } from './mesh-timeout/mesh-timeout.ts';
import { meshTlsType } from './mesh-tls/mesh-tls.ts';
import { meshTraceType } from './mesh-trace/mesh-trace.ts';
import { meshTrafficPermissionType } from './mesh-traffic-permission/mesh-traffic-permission.ts';

/** Every targetRef policy type in execution order, in one literal list. A new policy is a new folder and a line here. */
export const policyTypes: readonly ResourceType[] = [
  meshHttpRouteType,
  meshTcpRouteType,
  meshTlsType,
  meshLoadBalancingStrategyType,
  meshPassthroughType,
  meshAccessLogType,
  meshTraceType,
  meshFaultInjectionType,
  meshRateLimitType,
  meshTimeoutType,
  meshTrafficPermissionType,
  meshRequestAuthenticationType,
  meshRequestPermissionType,
  meshExternalAuthorizationType,
  meshHealthCheckType,
  meshCircuitBreakerType,
  meshRetryType,
  meshMetricType,
  meshProxyPatchType,
];
