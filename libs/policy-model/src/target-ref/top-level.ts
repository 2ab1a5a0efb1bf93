import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { TargetRef, TargetRefKind } from './schema.ts';
import { targetRefViolations, type TargetRefRules } from './validate.ts';

/** Kinds that a policy allows on top; `system` ones only where the policy's role is system (always so outside Kubernetes). */
export interface TopLevelRules extends Omit<TargetRefRules, 'inboundSections'> {
  readonly system?: readonly TargetRefKind[];
}

interface PolicySpec {
  readonly targetRef?: TargetRef;
  readonly from?: readonly unknown[];
  readonly rules?: readonly unknown[];
}

/** Rules of `spec.targetRef`. */
export function topLevelViolations({ spec, labels }: Resource<PolicySpec>, rules: TopLevelRules): readonly Violation[] {
  const isSystem = (labels['kuma.io/policy-role'] ?? 'system') === 'system';
  return targetRefViolations(spec.targetRef, {
    path: 'spec.targetRef',
    kinds: isSystem ? [...rules.kinds, ...(rules.system ?? [])] : rules.kinds,
    gatewayTags: rules.gatewayTags === true,
    inboundSections: (spec.from ?? []).length + (spec.rules ?? []).length > 0,
  });
}
