import type { Resource } from '@weft/resource-model';
import type { TargetRef } from './schema.ts';

interface PolicySpec {
  readonly targetRef?: TargetRef;
  readonly from?: readonly unknown[];
  readonly rules?: readonly unknown[];
}

/** Deprecations that concern the target of any policy. Texts follow Kuma 2.14. */
export function targetRefWarnings(_resource: Resource<PolicySpec>): readonly string[] {
  return [];
}
