import { bool, duration, int32, intOrString, list, object, opt, uint32, type Static } from '@weft/resource-model';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const ConsecutiveSchema = object({ consecutive: opt(uint32()) });
const DetectorsSchema = object({
  totalFailures: opt(ConsecutiveSchema),
  gatewayFailures: opt(ConsecutiveSchema),
  localOriginFailures: opt(ConsecutiveSchema),
  successRate: opt(object({ minimumHosts: opt(uint32()), requestVolume: opt(uint32()), standardDeviationFactor: opt(intOrString()) })),
  failurePercentage: opt(object({ minimumHosts: opt(uint32()), requestVolume: opt(uint32()), threshold: opt(uint32()) })),
});

/** Of Weft: retries as a share of the requests under way, instead of a fixed `maxRetries`. */
const RetryBudgetSchema = object({ percent: opt(intOrString({ default: 20 })), minConcurrency: opt(uint32({ default: 3 })) });

/** What MeshCircuitBreaker sets. */
export const MeshCircuitBreakerConfSchema = object({
  connectionLimits: opt(object({
    maxConnections: opt(uint32()),
    maxConnectionPools: opt(uint32()),
    maxPendingRequests: opt(uint32()),
    maxRetries: opt(uint32()),
    maxRequests: opt(uint32()),
    retryBudget: opt(RetryBudgetSchema),
  })),
  outlierDetection: opt(object({
    disabled: opt(bool()),
    interval: opt(duration()),
    baseEjectionTime: opt(duration()),
    maxEjectionPercent: opt(int32()),
    splitExternalAndLocalErrors: opt(bool()),
    detectors: opt(DetectorsSchema),
    healthyPanicThreshold: opt(intOrString()),
  })),
});

const EntrySchema = object({ targetRef: TargetRefSchema, default: opt(MeshCircuitBreakerConfSchema) });

/** Spec of MeshCircuitBreaker. Source: Kuma 2.14. */
export const MeshCircuitBreakerSchema = object({
  targetRef: opt(TargetRefSchema),
  to: opt(list(EntrySchema)),
  from: opt(list(EntrySchema)),
  rules: opt(list(object({ default: opt(MeshCircuitBreakerConfSchema) }))),
});

/** Spec of MeshCircuitBreaker. */
export type MeshCircuitBreakerSpec = Static<typeof MeshCircuitBreakerSchema>;
/** What MeshCircuitBreaker sets. */
export type MeshCircuitBreakerConf = Static<typeof MeshCircuitBreakerConfSchema>;
