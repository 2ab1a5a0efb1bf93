import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { toFromOrRules } from '../../rules/sections.ts';
import { decimalOf, decimalPercentage, greaterThanZero, positiveDuration, wholePercentage } from '../../rules/values.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshCircuitBreakerConf, MeshCircuitBreakerSpec } from './schema.ts';

/** Semantic rules of MeshCircuitBreaker, in document order. Texts follow Kuma 2.14. */
export function validateMeshCircuitBreaker(resource: Resource<MeshCircuitBreakerSpec>): readonly Violation[] {
  const { to = [], from = [], rules = [] } = resource.spec;
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'], gatewayTags: true }),
    ...toFromOrRules(resource.spec),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds: ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService'] }),
      ...confViolations(entry.default ?? {}, `spec.to[${index}].default`),
    ]),
    ...from.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.from[${index}].targetRef`, kinds: ['Mesh'] }),
      ...confViolations(entry.default ?? {}, `spec.from[${index}].default`),
    ]),
    // Kuma reports what is wrong in rules under `from`; clients know it so.
    ...rules.flatMap((rule, index) => confViolations(rule.default ?? {}, `spec.from[${index}].default`)),
  ];
}

function confViolations({ connectionLimits, outlierDetection }: MeshCircuitBreakerConf, path: string): readonly Violation[] {
  if (connectionLimits === undefined && outlierDetection === undefined) {
    return [{ path, message: "at least one of: 'connectionLimits' or 'outlierDetection' should be configured" }];
  }
  const { retryBudget, ...counts } = connectionLimits ?? {};
  const limits = Object.entries(counts).flatMap(([key, value]) => greaterThanZero(`${path}.connectionLimits.${key}`, value));
  const budget = [...decimalPercentage(`${path}.connectionLimits.retryBudget.percent`, retryBudget?.percent), ...greaterThanZero(`${path}.connectionLimits.retryBudget.minConcurrency`, retryBudget?.minConcurrency)];
  return [...limits, ...budget, ...(outlierDetection === undefined ? [] : outlierViolations(outlierDetection, `${path}.outlierDetection`))];
}

type OutlierDetection = NonNullable<MeshCircuitBreakerConf['outlierDetection']>;
type Detectors = NonNullable<OutlierDetection['detectors']>;
const DETECTORS = ['totalFailures', 'gatewayFailures', 'localOriginFailures', 'successRate', 'failurePercentage'] as const;

function outlierViolations(outlier: OutlierDetection, path: string): readonly Violation[] {
  return [
    ...positiveDuration(`${path}.interval`, outlier.interval),
    ...positiveDuration(`${path}.baseEjectionTime`, outlier.baseEjectionTime),
    ...wholePercentage(`${path}.maxEjectionPercent`, outlier.maxEjectionPercent),
    ...decimalPercentage(`${path}.healthyPanicThreshold`, outlier.healthyPanicThreshold),
    ...(outlier.detectors === undefined ? [{ path: `${path}.detectors`, message: 'must be defined' }] : detectorViolations(outlier.detectors, `${path}.detectors`)),
  ];
}

function detectorViolations(detectors: Detectors, path: string): readonly Violation[] {
  if (DETECTORS.every((name) => detectors[name] === undefined)) return [{ path, message: `must have at least one defined: ${DETECTORS.join(', ')}` }];
  const consecutive = (['totalFailures', 'gatewayFailures', 'localOriginFailures'] as const).flatMap((name) => greaterThanZero(`${path}.${name}.consecutive`, detectors[name]?.consecutive));
  const { successRate, failurePercentage } = detectors;
  return [
    ...consecutive,
    ...greaterThanZero(`${path}.successRate.minimumHosts`, successRate?.minimumHosts),
    ...greaterThanZero(`${path}.successRate.requestVolume`, successRate?.requestVolume),
    ...factorViolations(`${path}.successRate.standardDeviationFactor`, successRate?.standardDeviationFactor),
    ...greaterThanZero(`${path}.failurePercentage.minimumHosts`, failurePercentage?.minimumHosts),
    ...greaterThanZero(`${path}.failurePercentage.requestVolume`, failurePercentage?.requestVolume),
    ...wholePercentage(`${path}.failurePercentage.threshold`, failurePercentage?.threshold),
  ];
}

function factorViolations(path: string, factor: number | string | undefined): readonly Violation[] {
  if (factor === undefined) return [];
  const value = decimalOf(factor);
  return value === undefined ? [{ path, message: 'invalid number' }] : greaterThanZero(path, value);
}
