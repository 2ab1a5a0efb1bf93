import { list, object, oneOf, opt, type Static } from '@weft/resource-model';
import { MatchSchema } from '../../match/schema.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';

/** `from[].default`. */
export const MeshTrafficPermissionConfSchema = object({ action: opt(oneOf(['Allow', 'Deny', 'AllowWithShadowDeny'])) });
/** `rules[].default`: lists of matches, each an OR. */
export const MeshTrafficPermissionRuleConfSchema = object({ deny: opt(list(MatchSchema)), allow: opt(list(MatchSchema)), allowWithShadowDeny: opt(list(MatchSchema)) });

/** Spec of MeshTrafficPermission. Source: Kuma 2.14. */
export const MeshTrafficPermissionSchema = object({
  targetRef: opt(TargetRefSchema),
  rules: opt(list(object({ default: MeshTrafficPermissionRuleConfSchema }))),
  from: opt(list(object({ targetRef: TargetRefSchema, default: opt(MeshTrafficPermissionConfSchema) }))),
});

/** Spec of MeshTrafficPermission. */
export type MeshTrafficPermissionSpec = Static<typeof MeshTrafficPermissionSchema>;
/** `from[].default` of a MeshTrafficPermission. */
export type MeshTrafficPermissionConf = Static<typeof MeshTrafficPermissionConfSchema>;
/** `rules[].default` of a MeshTrafficPermission. */
export type MeshTrafficPermissionRuleConf = Static<typeof MeshTrafficPermissionRuleConfSchema>;
