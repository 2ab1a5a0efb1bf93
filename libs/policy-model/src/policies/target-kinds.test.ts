import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '../registry.ts';
import { TARGET_REF_KINDS, type TargetRefKind } from '../target-ref/schema.ts';

const SHORT = {
  M: 'Mesh', MSub: 'MeshSubset', MS: 'MeshService', MSS: 'MeshServiceSubset', MES: 'MeshExternalService', MZMS: 'MeshMultiZoneService', MG: 'MeshGateway', HR: 'MeshHTTPRoute', DP: 'Dataplane',
} as const satisfies Readonly<Record<string, TargetRefKind>>;

/** Which kinds Kuma 2.14 takes: at the top, in `to` (with another top: `to MG`, `to HR`), in `from`. A place that a policy has not is absent. */
const KINDS: readonly (readonly [policy: string, place: string, kinds: string])[] = [
  ['MeshTrafficPermission', 'top', 'M MSub MS MSS DP'], ['MeshTrafficPermission', 'from', 'M MSub MS MSS'],
  ['MeshTLS', 'top', 'M MSub DP'], ['MeshTLS', 'from', 'M'],
  ...['MeshHTTPRoute', 'MeshTCPRoute'].flatMap((policy) => [[policy, 'top', 'M MSub MS MSS DP MG'], [policy, 'to', 'MS MES MZMS'], [policy, 'to MG', 'M']] as const),
  ...['MeshTimeout', 'MeshRetry'].flatMap((policy) => [[policy, 'top', 'M MSub MS MSS DP MG HR'], [policy, 'to', 'M MS MES MZMS HR'], [policy, 'to MG', 'M MES'], [policy, 'to HR', 'M MES']] as const),
  ['MeshTimeout', 'from', 'M'],
  ['MeshCircuitBreaker', 'top', 'M MSub MG MS MSS DP'], ['MeshCircuitBreaker', 'to', 'M MS MES MZMS'], ['MeshCircuitBreaker', 'from', 'M'],
  ['MeshHealthCheck', 'top', 'M MSub MG MS MSS DP'], ['MeshHealthCheck', 'to', 'M MS MES MZMS'],
  ['MeshRateLimit', 'top', 'M MSub MS MSS DP MG HR'], ['MeshRateLimit', 'to MG', 'M'], ['MeshRateLimit', 'from DP', 'M'],
  ['MeshFaultInjection', 'top', 'M MSub MS MSS DP MG'], ['MeshFaultInjection', 'to MG', 'M'], ['MeshFaultInjection', 'from DP', 'M MSub MS MSS'],
  ['MeshAccessLog', 'top', 'M MSub MG MS MSS DP'], ['MeshAccessLog', 'to', 'M MS MES MZMS HR'], ['MeshAccessLog', 'to MG', 'M'], ['MeshAccessLog', 'from', 'M'],
  ['MeshLoadBalancingStrategy', 'top', 'M MSub MG MS MSS DP'], ['MeshLoadBalancingStrategy', 'to', 'M MS MZMS HR'], ['MeshLoadBalancingStrategy', 'to MG', 'M MS MZMS'],
  ['MeshTrace', 'top', 'M MSub MS MSS DP MG'],
  ['MeshMetric', 'top', 'M MSub MS MSS DP MG'],
  ['MeshProxyPatch', 'top', 'M MSub MS MSS DP MG'],
  ['MeshPassthrough', 'top', 'M MSub DP'],
];

const reference = (kind: TargetRefKind) => ({ kind, ...(!['Mesh', 'MeshSubset'].includes(kind) && { name: 'one' }) });

/** Violations about the kind alone: the rest of the policy is empty. */
function kindRefused(policy: string, place: string, kind: TargetRefKind): boolean {
  const type = weftRegistry.byName(policy);
  if (type === undefined) throw new Error(`no type ${policy}`);
  const [section, top] = place.split(' ') as [string, keyof typeof SHORT | undefined];
  const entry = { targetRef: reference(kind), ...(policy.endsWith('Route') ? { rules: [] } : { default: {} }) };
  const spec = section === 'top' ? { targetRef: reference(kind), ...(policy === 'MeshProxyPatch' && { default: { appendModifications: [] } }) } : { ...(top !== undefined && { targetRef: reference(SHORT[top]) }), [section]: [entry] };
  const at = section === 'top' ? 'spec.targetRef.kind' : `spec.${section}[0].targetRef.kind`;
  const violations = violationsOf(type, spec);
  const aboutShape = violations.filter((violation) => violation.includes(': in body'));
  if (aboutShape.length > 0) throw new Error(`the example does not get as far as its rules: ${aboutShape.join('; ')}`);
  return violations.includes(`${at}: value '${kind}' is not supported`);
}

describe('kinds of targetRef', () => {
  it.each(KINDS)('%s %s: %s', (policy, place, kinds) => {
    const accepted = TARGET_REF_KINDS.filter((kind) => !kindRefused(policy, place, kind));
    expect(accepted.toSorted()).toEqual(kinds.split(' ').map((short) => SHORT[short as keyof typeof SHORT]).toSorted());
  });
});
