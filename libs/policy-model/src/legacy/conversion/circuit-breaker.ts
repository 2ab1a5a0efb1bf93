import { plain, present, toOnly, type Conversion, type Plain } from './conversion.ts';

/** CircuitBreaker: MeshCircuitBreaker, limits and detectors apart. */
export function convertCircuitBreaker(conf: Plain): Conversion {
  const { maxConnections, maxPendingRequests, maxRetries, maxRequests } = plain(conf['thresholds']);
  return toOnly('MeshCircuitBreaker', {
    connectionLimits: present({ maxConnections, maxPendingRequests, maxRetries, maxRequests }),
    outlierDetection: conf['detectors'] === undefined ? undefined : present({
      interval: conf['interval'], baseEjectionTime: conf['baseEjectionTime'], maxEjectionPercent: conf['maxEjectionPercent'], splitExternalAndLocalErrors: conf['splitExternalAndLocalErrors'],
      detectors: detectors(plain(conf['detectors'])),
    }),
  });
}

function detectors({ totalErrors, gatewayErrors, localErrors, standardDeviation, failure }: Plain): Plain | undefined {
  const { factor, ...deviation } = plain(standardDeviation);
  return present({
    totalFailures: totalErrors,
    gatewayFailures: gatewayErrors,
    localOriginFailures: localErrors,
    successRate: standardDeviation === undefined ? undefined : { ...deviation, ...(typeof factor === 'number' && { standardDeviationFactor: String(factor) }) },
    failurePercentage: failure,
  });
}
