import { meshAccessLog } from './mesh-access-log/mesh-access-log.ts';
import { meshCircuitBreaker } from './mesh-circuit-breaker/mesh-circuit-breaker.ts';
import { meshFaultInjection } from './mesh-fault-injection/mesh-fault-injection.ts';
import { meshHealthCheck } from './mesh-health-check/mesh-health-check.ts';
import { meshHttpRoute } from './mesh-http-route/mesh-http-route.ts';
import { meshLoadBalancingStrategy } from './mesh-load-balancing-strategy/mesh-load-balancing-strategy.ts';
import { meshPassthrough } from './mesh-passthrough/mesh-passthrough.ts';
import { meshProxyPatch } from './mesh-proxy-patch/mesh-proxy-patch.ts';
import { meshRateLimit } from './mesh-rate-limit/mesh-rate-limit.ts';
import { meshRequestAuthentication } from './mesh-request-authentication/mesh-request-authentication.ts';
import { meshRetry } from './mesh-retry/mesh-retry.ts';
import { meshTimeout } from './mesh-timeout/mesh-timeout.ts';
import { meshTls } from './mesh-tls/mesh-tls.ts';
import { meshTrace } from './mesh-trace/mesh-trace.ts';
import { meshTrafficPermission } from './mesh-traffic-permission/mesh-traffic-permission.ts';
import type { PolicyPlugin } from './policy-plugin.ts';

/** All policies in the order in which they apply. The order is Kuma's, and each position has its reason. */
export const POLICY_PLUGINS: readonly PolicyPlugin[] = [
  // First: it makes the routes that everything after it decorates.
  meshHttpRoute,
  // Before all other inbound policies: it decides which filter chains there are.
  meshTls,
  // Needs routes; its part of clusters is nobody else's.
  meshLoadBalancingStrategy,
  // Nobody else works on what leaves the mesh.
  meshPassthrough,
  // Needs routes and chains; adds only loggers.
  meshAccessLog,
  // Needs chains; adds only a tracer.
  meshTrace,
  // Needs chains; its filters count as part of what is limited behind them.
  meshFaultInjection,
  // Needs routes, and doubles them for callers with a limit of their own, so before what decorates all of them.
  meshRateLimit,
  // Needs routes and chains.
  meshTimeout,
  // Needs to know which chains have mesh TLS; its filter must stand before those that touch the request.
  meshTrafficPermission,
  // Its filter must stand before that of the permissions, which read the claims.
  meshRequestAuthentication,
  // Clusters only; it keeps the localities' weights.
  meshHealthCheck,
  // Clusters only; its panic threshold counts before that of health checks.
  meshCircuitBreaker,
  // Needs routes; reads nothing of the others.
  meshRetry,
  // Last: it changes what all others have made.
  meshProxyPatch,
];
