import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { matchViolations } from '../../match/validate.ts';
import { scopeViolations } from '../../rules/gateway-scope.ts';
import { toFromOrRules } from '../../rules/sections.ts';
import { decimalPercentage, nonNegativeDuration } from '../../rules/values.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshFaultInjectionConf, MeshFaultInjectionSpec } from './schema.ts';

/** Semantic rules of MeshFaultInjection, in document order. Texts follow Kuma 2.14. */
export function validateMeshFaultInjection(resource: Resource<MeshFaultInjectionSpec>): readonly Violation[] {
  const { to = [], from = [], rules = [] } = resource.spec;
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway'], gatewayTags: true }),
    ...toFromOrRules(resource.spec),
    ...scopeViolations(resource.spec, false),
    ...from.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.from[${index}].targetRef`, kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset'] }),
      ...confViolations(entry.default, `spec.from[${index}].default.http`),
    ]),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds: ['Mesh'] }),
      ...confViolations(entry.default, `spec.to[${index}].default.http`),
    ]),
    ...rules.flatMap((rule, index) => [
      ...(rule.matches ?? []).flatMap((match, at) => matchViolations(match, `spec.rules[${index}].matches[${at}]`)),
      ...confViolations(rule.default, `spec.rules[${index}].default.http`),
    ]),
  ];
}

const BANDWIDTH = /^\d*\s?[kMG]bps$/;

// Kuma puts the kind of fault before its index in these paths; clients know them so.
function confViolations(conf: MeshFaultInjectionConf | undefined, path: string): readonly Violation[] {
  return (conf?.http ?? []).flatMap(({ abort, delay, responseBandwidth: bandwidth }, index) => [
    ...(abort === undefined ? [] : [
      ...(abort.httpStatus < 100 || abort.httpStatus > 599 ? [{ path: `${path}.abort[${index}].httpStatus`, message: 'must be in inclusive range [100, 599]' }] : []),
      ...decimalPercentage(`${path}.abort[${index}].percentage`, abort.percentage),
    ]),
    ...(delay === undefined ? [] : [
      ...nonNegativeDuration(`${path}.delay[${index}].value`, delay.value),
      ...decimalPercentage(`${path}.delay[${index}].percentage`, delay.percentage),
    ]),
    ...(bandwidth === undefined ? [] : [
      ...(BANDWIDTH.test(bandwidth.limit) ? [] : [{ path: `${path}.responseBandwidth[${index}].limit`, message: 'must be in kbps/Mbps/Gbps units' }]),
      ...decimalPercentage(`${path}.responseBandwidth[${index}].percentage`, bandwidth.percentage),
    ]),
  ]);
}
