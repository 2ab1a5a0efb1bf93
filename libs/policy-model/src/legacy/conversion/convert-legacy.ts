import { convertCircuitBreaker } from './circuit-breaker.ts';
import { plain, type Conversion, type Plain } from './conversion.ts';
import { convertHealthCheck } from './health-check.ts';
import { convertProxyTemplate } from './proxy-template.ts';
import { convertRetry } from './retry.ts';
import { convertTimeout } from './timeout.ts';
import { convertTrafficRoute } from './traffic-route.ts';

const CONVERTERS: Readonly<Record<string, (conf: Plain) => Conversion>> = {
  CircuitBreaker: convertCircuitBreaker,
  HealthCheck: convertHealthCheck,
  ProxyTemplate: convertProxyTemplate,
  Retry: convertRetry,
  Timeout: convertTimeout,
  TrafficPermission: () => ({ parts: [{ type: 'MeshTrafficPermission', place: 'from', conf: { action: 'Allow' } }], notes: [] }),
  TrafficRoute: convertTrafficRoute,
};

/** Whether policies of the first generation of this type mean anything. */
export function convertsLegacy(type: string): boolean {
  return type in CONVERTERS;
}

/** What a policy of the first generation means in the terms of the present ones; undefined for types that mean nothing there yet. The spec passed admission. */
export function convertLegacy(type: string, spec: unknown): Conversion | undefined {
  return CONVERTERS[type]?.(plain(plain(spec)['conf']));
}
