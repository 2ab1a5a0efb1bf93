import type { Resource } from '@weft/resource-model';
import type { TargetRef } from './schema.ts';

interface PolicySpec {
  readonly targetRef?: TargetRef;
  readonly from?: readonly unknown[];
}

/** Deprecations that concern the top-level targetRef of any policy. */
export function targetRefWarnings({ spec }: Resource<PolicySpec>): readonly string[] {
  const kind = spec.targetRef?.kind;
  switch (kind) {
    case 'MeshService':
    case 'MeshServiceSubset':
    case 'MeshSubset':
      return [`${kind} value for 'targetRef.kind' is deprecated, use Dataplane with 'labels' instead`];
    case 'MeshHTTPRoute':
      return ["MeshHTTPRoute value for 'targetRef.kind' is deprecated, use MeshHTTPRoute in 'spec.to[].targetRef' instead"];
    default:
      return [];
  }
}

/** {@link targetRefWarnings}, and the advice to use `rules` where a policy that has them uses `from`. */
export function inboundPolicyWarnings(resource: Resource<PolicySpec>): readonly string[] {
  const usesFrom = (resource.spec.from ?? []).length > 0;
  return [...targetRefWarnings(resource), ...(usesFrom ? ["'from' field is deprecated, use 'rules' instead"] : [])];
}
