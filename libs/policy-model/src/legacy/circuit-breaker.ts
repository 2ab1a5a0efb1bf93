import { Type } from '@sinclair/typebox';
import { bool, object, opt, protoDuration, uint32, type Static } from '@weft/resource-model';
import { BY_SERVICE, confRequired, legacyPolicyType, SelectorsSchema } from './legacy-policy-type.ts';

const Consecutive = object({ consecutive: opt(uint32()) });

const CircuitBreakerConfSchema = object({
  interval: opt(protoDuration()),
  baseEjectionTime: opt(protoDuration()),
  maxEjectionPercent: opt(uint32({ maximum: 100 })),
  splitExternalAndLocalErrors: opt(bool()),
  detectors: opt(object({
    totalErrors: opt(Consecutive),
    gatewayErrors: opt(Consecutive),
    localErrors: opt(Consecutive),
    standardDeviation: opt(object({ requestVolume: opt(uint32()), minimumHosts: opt(uint32()), factor: opt(Type.Number()) })),
    failure: opt(object({ requestVolume: opt(uint32()), minimumHosts: opt(uint32()), threshold: opt(uint32()) })),
  })),
  thresholds: opt(object({ maxConnections: opt(uint32()), maxPendingRequests: opt(uint32()), maxRetries: opt(uint32()), maxRequests: opt(uint32()) })),
});

interface CircuitBreakerSpec {
  readonly conf?: Static<typeof CircuitBreakerConfSchema>;
}

/** CircuitBreaker: limits and outlier detection between services. */
export const circuitBreakerType = legacyPolicyType<CircuitBreakerSpec>({
  name: 'CircuitBreaker', plural: 'circuit-breakers', cliName: 'circuit-breaker', displayName: 'Circuit Breaker',
  schema: object({ sources: opt(SelectorsSchema), destinations: opt(SelectorsSchema), conf: opt(CircuitBreakerConfSchema) }),
  selectors: BY_SERVICE,
  validateConf: ({ conf }) => [
    ...confRequired(conf),
    ...(conf !== undefined && conf.detectors === undefined && conf.thresholds === undefined ? [{ path: 'conf', message: 'must have at least one of the detector or threshold configured' }] : []),
    ...(conf?.detectors !== undefined && Object.keys(conf.detectors).length === 0 ? [{ path: 'conf.detectors', message: "can't be empty" }] : []),
  ],
});
