import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { decimalOf, decimalPercentage, greaterThanZero, positiveDuration } from '../../rules/values.ts';
import type { TargetRefKind } from '../../target-ref/schema.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshLoadBalancingStrategyConf, MeshLoadBalancingStrategySpec } from './schema.ts';
import { hashPolicyViolations } from './validate-hash-policy.ts';

/** Semantic rules of MeshLoadBalancingStrategy, in document order. Texts follow Kuma 2.14. */
export function validateMeshLoadBalancingStrategy(resource: Resource<MeshLoadBalancingStrategySpec>): readonly Violation[] {
  const { targetRef, to = [] } = resource.spec;
  const gateway = targetRef?.kind === 'MeshGateway';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'], gatewayTags: true }),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds: kindsOf(gateway, entry.default) }),
      ...confViolations(entry.default ?? {}, { path: `spec.to[${index}].default`, targetRef: entry.targetRef }),
    ]),
  ];
}

function kindsOf(gateway: boolean, conf: MeshLoadBalancingStrategyConf | undefined): readonly TargetRefKind[] {
  if (!gateway) return ['Mesh', 'MeshService', 'MeshMultiZoneService', 'MeshHTTPRoute'];
  return conf?.loadBalancer === undefined ? ['Mesh', 'MeshService', 'MeshMultiZoneService'] : ['Mesh'];
}

type Entry = NonNullable<MeshLoadBalancingStrategySpec['to']>[number];
type SlowStart = NonNullable<NonNullable<NonNullable<MeshLoadBalancingStrategyConf['loadBalancer']>['roundRobin']>['slowStart']>;
type Locality = NonNullable<MeshLoadBalancingStrategyConf['localityAwareness']>;

const NOT_ON_ROUTE = 'field is not allowed when targetRef.kind is MeshHTTPRoute, only hashPolicies is supported';

function confViolations(conf: MeshLoadBalancingStrategyConf, { path, targetRef }: { readonly path: string; readonly targetRef: Entry['targetRef'] }): readonly Violation[] {
  const { loadBalancer, localityAwareness, hashPolicies = [] } = conf;
  const onRoute = targetRef.kind === 'MeshHTTPRoute' ? (['loadBalancer', 'localityAwareness'] as const).filter((field) => conf[field] !== undefined) : [];
  const local = targetRef.kind === 'MeshService' && (targetRef.labels !== undefined || targetRef.sectionName !== undefined);
  const nested = (['ringHash', 'maglev'] as const).filter((kind) => loadBalancer?.[kind]?.hashPolicies !== undefined);
  return [
    ...onRoute.map((field) => ({ path: `${path}.${field}`, message: NOT_ON_ROUTE })),
    ...(local && localityAwareness?.crossZone !== undefined ? [{ path: `${path}.localityAwareness.crossZone`, message: 'must not be set: MeshService traffic is local' }] : []),
    ...(localityAwareness === undefined ? [] : localityViolations(localityAwareness, `${path}.localityAwareness`)),
    ...biasViolations(loadBalancer?.leastRequest?.activeRequestBias, `${path}.loadBalancer.leastRequest.activeRequestBias`),
    ...(['roundRobin', 'leastRequest'] as const).flatMap((kind) => slowStartViolations(loadBalancer?.[kind]?.slowStart, `${path}.loadBalancer.${kind}.slowStart`)),
    ...nested.flatMap((kind) => [
      ...(hashPolicies.length > 0 ? [{ path: `${path}.loadBalancer.${kind}.hashPolicies`, message: 'hashPolicies already specified in the root level' }] : []),
      ...(loadBalancer?.[kind]?.hashPolicies ?? []).flatMap((one, index) => hashPolicyViolations(one, `${path}.loadBalancer.${kind}.hashPolicies[${index}]`)),
    ]),
    ...hashPolicies.flatMap((one, index) => hashPolicyViolations(one, `${path}.hashPolicies[${index}]`)),
  ];
}

function biasViolations(bias: number | string | undefined, path: string): readonly Violation[] {
  if (bias === undefined) return [];
  const value = decimalOf(bias);
  if (value === undefined) return [{ path, message: 'string must be a valid number' }];
  return value < 0 ? [{ path, message: 'must be greater or equal than: 0' }] : [];
}

function slowStartViolations(slowStart: SlowStart | undefined, path: string): readonly Violation[] {
  if (slowStart === undefined) return [];
  const speed = slowStart.aggression === undefined ? undefined : decimalOf(slowStart.aggression) ?? 0;
  return [
    ...positiveDuration(`${path}.window`, slowStart.window),
    ...(speed === undefined ? [] : greaterThanZero(`${path}.aggression`, speed)),
    ...decimalPercentage(`${path}.minWeightPercent`, slowStart.minWeightPercent),
  ];
}

function localityViolations({ localZone, crossZone }: Locality, path: string): readonly Violation[] {
  const tags = localZone?.affinityTags ?? [];
  const weighted = tags.filter(({ weight }) => weight !== undefined).length;
  const percentage = crossZone?.failoverThreshold?.percentage;
  return [
    ...(weighted > 0 && weighted < tags.length ? [{ path: `${path}.localZone.affinityTags`, message: 'all or none affinity tags should have weight' }] : []),
    ...tags.flatMap(({ key, weight }, index) => [
      ...(key === '' ? [{ path: `${path}.localZone.affinityTags[${index}].key`, message: 'must not be empty' }] : []),
      ...(weight === 0 ? [{ path: `${path}.localZone.affinityTags[${index}].weight`, message: 'must be greater than 0' }] : []),
    ]),
    ...(crossZone?.failover ?? []).flatMap((rule, index) => failoverViolations(rule, `${path}.crossZone.failover[${index}]`)),
    ...(percentage === undefined ? [] : thresholdViolations(percentage, `${path}.crossZone.failoverThreshold.percentage`)),
  ];
}

type Failover = NonNullable<NonNullable<Locality['crossZone']>['failover']>[number];

function failoverViolations({ from, to }: Failover, path: string): readonly Violation[] {
  const named = to.type === 'Only' || to.type === 'AnyExcept';
  const zones = to.zones ?? [];
  return [
    ...(from !== undefined && from.zones.length === 0 ? [{ path: `${path}.from.zones`, message: 'must not be empty' }] : []),
    ...(named === zones.length > 0 ? [] : [{ path: `${path}.to.zones`, message: `must ${named ? 'not ' : ''}be empty when type is ${to.type}` }]),
  ];
}

function thresholdViolations(percentage: number | string, path: string): readonly Violation[] {
  const value = decimalOf(percentage);
  if (value === undefined) return [{ path, message: 'string must be a valid number' }];
  return value <= 0 || value > 100 ? [{ path, message: 'must be in inclusive range [0.0, 100.0]' }] : [];
}
