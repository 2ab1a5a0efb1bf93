import type { ResourceType } from '@weft/resource-model';
import { circuitBreakerType } from './circuit-breaker.ts';
import { faultInjectionType } from './fault-injection.ts';
import { healthCheckType } from './health-check.ts';
import { meshGatewayRouteType } from './mesh-gateway-route.ts';
import { proxyTemplateType } from './proxy-template.ts';
import { rateLimitType } from './rate-limit.ts';
import { retryType } from './retry.ts';
import { timeoutType } from './timeout.ts';
import { trafficLogType } from './traffic-log.ts';
import { trafficPermissionType } from './traffic-permission.ts';
import { trafficRouteType } from './traffic-route.ts';
import { trafficTraceType } from './traffic-trace.ts';

/** Policies of the first generation, by name. */
export const legacyTypes: readonly ResourceType[] = [
  circuitBreakerType,
  faultInjectionType,
  healthCheckType,
  meshGatewayRouteType,
  proxyTemplateType,
  rateLimitType,
  retryType,
  timeoutType,
  trafficLogType,
  trafficPermissionType,
  trafficRouteType,
  trafficTraceType,
];
