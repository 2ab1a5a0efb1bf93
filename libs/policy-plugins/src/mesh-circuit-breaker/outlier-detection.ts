import { create } from '@bufbuild/protobuf';
import { duration } from '@weft/envoy-builders';
import { OutlierDetectionSchema, type OutlierDetection } from '@weft/envoy-proto/envoy/config/cluster/v3/outlier_detection_pb.js';
import { confOf, durationMs, numberOf, type Conf } from '../conf.ts';

/** Envoy's outlier detection from `outlierDetection`. A detector that is not configured is off (its `enforcing_*` is 0). */
export function outlierDetection(conf: Conf): OutlierDetection {
  const message = create(OutlierDetectionSchema, defined({
    interval: asDuration(conf['interval']),
    baseEjectionTime: asDuration(conf['baseEjectionTime']),
    maxEjectionPercent: numberOf(conf['maxEjectionPercent']),
  }));
  if (conf['splitExternalAndLocalErrors'] === true) message.splitExternalLocalOriginErrors = true;
  const detectors = confOf(conf['detectors']);
  consecutive(message, detectors);
  // Without a `detectors` block (it can go missing in a merge) Envoy's statistical detectors keep their own defaults.
  if (conf['detectors'] === undefined) return message;
  successRate(message, detectors['successRate']);
  failurePercentage(message, detectors['failurePercentage']);
  return message;
}

function consecutive(message: OutlierDetection, detectors: Conf): void {
  const total = numberOf(confOf(detectors['totalFailures'])['consecutive']);
  const gateway = numberOf(confOf(detectors['gatewayFailures'])['consecutive']);
  const local = numberOf(confOf(detectors['localOriginFailures'])['consecutive']);
  Object.assign(message, defined({ consecutive5xx: total, consecutiveGatewayFailure: gateway, consecutiveLocalOriginFailure: local }));
  message.enforcingConsecutive5xx = enforcing(detectors['totalFailures']);
  message.enforcingConsecutiveGatewayFailure = enforcing(detectors['gatewayFailures']);
  message.enforcingConsecutiveLocalOriginFailure = enforcing(detectors['localOriginFailures']);
}

function successRate(message: OutlierDetection, detector: unknown): void {
  const conf = confOf(detector);
  const factor = numberOf(conf['standardDeviationFactor']);
  message.enforcingSuccessRate = enforcing(detector);
  message.enforcingLocalOriginSuccessRate = enforcing(detector);
  Object.assign(message, defined({
    successRateMinimumHosts: numberOf(conf['minimumHosts']),
    successRateRequestVolume: numberOf(conf['requestVolume']),
    successRateStdevFactor: factor === undefined ? undefined : Math.trunc(factor * 1000),
  }));
}

function failurePercentage(message: OutlierDetection, detector: unknown): void {
  const conf = confOf(detector);
  message.enforcingFailurePercentage = enforcing(detector);
  message.enforcingFailurePercentageLocalOrigin = enforcing(detector);
  Object.assign(message, defined({
    failurePercentageMinimumHosts: numberOf(conf['minimumHosts']),
    failurePercentageRequestVolume: numberOf(conf['requestVolume']),
    failurePercentageThreshold: numberOf(conf['threshold']),
  }));
}

function enforcing(detector: unknown): number {
  return detector === undefined ? 0 : 100;
}

function asDuration(value: unknown): ReturnType<typeof duration> | undefined {
  const ms = durationMs(value);
  return ms === undefined ? undefined : duration(ms);
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>;
}
