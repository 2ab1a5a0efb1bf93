import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { atLeastOne } from '../../rules/shape.ts';
import { decimalPercentage, greaterThanZero, positiveDuration, wholePercentage } from '../../rules/values.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshHealthCheckConf, MeshHealthCheckSpec } from './schema.ts';

/** Semantic rules of MeshHealthCheck, in document order. Texts follow Kuma 2.14. */
export function validateMeshHealthCheck(resource: Resource<MeshHealthCheckSpec>): readonly Violation[] {
  const { targetRef, to = [] } = resource.spec;
  const gateway = targetRef?.kind === 'MeshGateway';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'], gatewayTags: true }),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds: gateway ? ['Mesh'] : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService'] }),
      ...confViolations(entry.default ?? {}, `spec.to[${index}].default`),
    ]),
  ];
}

const DURATIONS = ['interval', 'timeout', 'initialJitter', 'intervalJitter', 'noTrafficInterval'] as const;

function confViolations(conf: MeshHealthCheckConf, path: string): readonly Violation[] {
  const { http, eventLogPath } = conf;
  return [
    ...DURATIONS.flatMap((name) => positiveDuration(`${path}.${name}`, conf[name])),
    ...greaterThanZero(`${path}.unhealthyThreshold`, conf.unhealthyThreshold),
    ...greaterThanZero(`${path}.healthyThreshold`, conf.healthyThreshold),
    ...wholePercentage(`${path}.intervalJitterPercent`, conf.intervalJitterPercent),
    ...decimalPercentage(`${path}.healthyPanicThreshold`, conf.healthyPanicThreshold),
    ...(eventLogPath === undefined || eventLogPath.startsWith('/') ? [] : [{ path: `${path}.eventLogPath`, message: 'must be a valid path when defined' }]),
    ...atLeastOne(path, conf, ['http', 'tcp', 'grpc']),
    ...(http?.path === '' ? [{ path: `${path}.http.path`, message: 'must be defined' }] : []),
    ...(http?.expectedStatuses ?? []).flatMap((status, index) => (status < 100 || status > 599 ? [{ path: `${path}.http.expectedStatuses[${index}]`, message: 'must be in inclusive range [100, 599]' }] : [])),
  ];
}
