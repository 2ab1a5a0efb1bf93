import type { ResourceType } from '@weft/resource-model';
import { meshCircuitBreakerType } from './mesh-circuit-breaker/mesh-circuit-breaker.ts';
import { meshHttpRouteType } from './mesh-http-route/mesh-http-route.ts';
import { meshRetryType } from './mesh-retry/mesh-retry.ts';
import { meshTimeoutType } from './mesh-timeout/mesh-timeout.ts';
import { meshTlsType } from './mesh-tls/mesh-tls.ts';
import { meshTrafficPermissionType } from './mesh-traffic-permission/mesh-traffic-permission.ts';

/** Every policy type in execution order, in one literal list. A new policy is a new folder and a line here. */
export const policyTypes: readonly ResourceType[] = [
  meshHttpRouteType,
  meshTlsType,
  meshTimeoutType,
  meshTrafficPermissionType,
  meshCircuitBreakerType,
  meshRetryType,
];
