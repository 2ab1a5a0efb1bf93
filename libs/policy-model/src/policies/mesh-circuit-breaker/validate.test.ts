import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshCircuitBreakerType } from './mesh-circuit-breaker.ts';

const CONF = 'spec.to[0].default';
const OUTLIER = `${CONF}.outlierDetection`;
const conf = (value: unknown) => ({ to: [{ targetRef: { kind: 'Mesh' }, default: value }] });
const DETECTORS = { totalFailures: { consecutive: 1 } };

const CASES: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', {}, [`${CONF}: at least one of: 'connectionLimits' or 'outlierDetection' should be configured`]],
  ['limits of zero', { connectionLimits: { maxConnections: 0, maxRetries: 0, maxRequests: 1 } }, ['maxConnections', 'maxRetries'].map((limit) => `${CONF}.connectionLimits.${limit}: must be greater than 0`)],
  ['a retry budget of its own', { connectionLimits: { retryBudget: { percent: 150, minConcurrency: 0 } } }, [`${CONF}.connectionLimits.retryBudget.percent: must be in inclusive range [0.0, 100.0]`, `${CONF}.connectionLimits.retryBudget.minConcurrency: must be greater than 0`]],
  ['a negative limit', { connectionLimits: { maxConnections: -1 } }, [`${CONF}.connectionLimits.maxConnections: in body should be greater than or equal to 0`]],
  ['no detectors', { outlierDetection: {} }, [`${OUTLIER}.detectors: must be defined`]],
  ['empty detectors', { outlierDetection: { detectors: {} } }, [`${OUTLIER}.detectors: must have at least one defined: totalFailures, gatewayFailures, localOriginFailures, successRate, failurePercentage`]],
  [
    'values out of range',
    { outlierDetection: { interval: '0s', maxEjectionPercent: 101, healthyPanicThreshold: 'half', detectors: DETECTORS } },
    [
      `${OUTLIER}.interval: must be greater than zero when defined`,
      `${OUTLIER}.maxEjectionPercent: must be in inclusive range [0, 100]`,
      `${OUTLIER}.healthyPanicThreshold: string must be a valid number`,
    ],
  ],
  [
    'detectors out of range',
    { outlierDetection: { detectors: { gatewayFailures: { consecutive: 0 }, successRate: { standardDeviationFactor: 'x' }, failurePercentage: { threshold: 101 } } } },
    [
      `${OUTLIER}.detectors.gatewayFailures.consecutive: must be greater than 0`,
      `${OUTLIER}.detectors.successRate.standardDeviationFactor: invalid number`,
      `${OUTLIER}.detectors.failurePercentage.threshold: must be in inclusive range [0, 100]`,
    ],
  ],
  ['a decimal factor', { outlierDetection: { detectors: { successRate: { standardDeviationFactor: '1.9' } } } }, []],
];

describe('MeshCircuitBreaker', () => {
  it.each(CASES)('%s', (_, value, expected) => expect(violationsOf(meshCircuitBreakerType, conf(value))).toEqual(expected));

  it('reports what is wrong in rules under from, as Kuma does', () => {
    expect(violationsOf(meshCircuitBreakerType, { rules: [{ default: {} }] })).toEqual([
      "spec.from[0].default: at least one of: 'connectionLimits' or 'outlierDetection' should be configured",
    ]);
  });
});
