import { convertCircuitBreaker } from './circuit-breaker.ts';
import { plain, type Conversion, type Plain } from './conversion.ts';
import { convertFaultInjection } from './fault-injection.ts';
import { convertHealthCheck } from './health-check.ts';
import { convertTrafficLog, convertTrafficTrace } from './observability.ts';
import { convertProxyTemplate } from './proxy-template.ts';
import { convertRateLimit } from './rate-limit.ts';
import { convertRetry } from './retry.ts';
import { convertTimeout } from './timeout.ts';
import { convertTrafficRoute } from './traffic-route.ts';

const CONVERTERS: Readonly<Record<string, (conf: Plain, mesh: Plain | undefined) => Conversion>> = {
  CircuitBreaker: convertCircuitBreaker,
  FaultInjection: convertFaultInjection,
  HealthCheck: convertHealthCheck,
  ProxyTemplate: convertProxyTemplate,
  RateLimit: convertRateLimit,
  Retry: convertRetry,
  Timeout: convertTimeout,
  TrafficLog: convertTrafficLog,
  TrafficPermission: () => ({ parts: [{ type: 'MeshTrafficPermission', place: 'from', conf: { action: 'Allow' } }], notes: [] }),
  TrafficRoute: convertTrafficRoute,
  TrafficTrace: convertTrafficTrace,
};

/** Whether policies of the first generation of this type mean anything. */
export function convertsLegacy(type: string): boolean {
  return type in CONVERTERS;
}

/**
 * What a policy of the first generation means in the terms of the present ones; undefined for types that mean nothing there. The
 * spec passed admission. `mesh`: spec of its Mesh, where backends of logs and traces stand.
 */
export function convertLegacy(type: string, spec: unknown, mesh?: unknown): Conversion | undefined {
  return CONVERTERS[type]?.(plain(plain(spec)['conf']), mesh === undefined ? undefined : plain(mesh));
}
