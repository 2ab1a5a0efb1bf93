import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { matchViolations } from '../../match/validate.ts';
import { fromOrRules } from '../../rules/sections.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshTrafficPermissionRuleConf, MeshTrafficPermissionSpec } from './schema.ts';

const LISTS = ['allow', 'allowWithShadowDeny', 'deny'] as const;

/** Semantic rules of MeshTrafficPermission, in document order. Texts follow Kuma 2.14. */
export function validateMeshTrafficPermission(resource: Resource<MeshTrafficPermissionSpec>): readonly Violation[] {
  const { from = [], rules = [] } = resource.spec;
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'] }),
    ...fromOrRules(resource.spec),
    ...from.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.from[${index}].targetRef`, kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset'] }),
      ...(entry.default?.action === undefined ? [{ path: `spec.from[${index}].default.action`, message: 'must be defined' }] : []),
    ]),
    ...rules.flatMap((rule, index) => ruleViolations(rule.default, `spec.rules[${index}]`)),
  ];
}

// Paths of matches leave out the segment `default`, as Kuma's do.
function ruleViolations(conf: MeshTrafficPermissionRuleConf, path: string): readonly Violation[] {
  const given = LISTS.filter((list) => (conf[list] ?? []).length > 0);
  if (given.length === 0) return [{ path, message: "at least one of 'allow', 'allowWithShadowDeny', 'deny' has to be defined" }];
  return given.flatMap((list) => (conf[list] ?? []).flatMap((match, index) => matchViolations(match, `${path}.${list}[${index}]`)));
}
