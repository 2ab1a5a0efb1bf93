import { list, object, oneOf, opt, text, type Static } from '@weft/resource-model';
import { MatchSchema } from '../../match/schema.ts';
import { TargetRefSchema } from '../../target-ref/schema.ts';
import { HeaderMatchSchema, HTTP_METHODS, PathMatchSchema } from '../mesh-http-route/schema.ts';

/** A claim of a verified token: `name` is a path such as `realm_access.roles`; the claim, or an item of it where it is a list, is one of `values`. */
const ClaimMatchSchema = object({ provider: text({ minLength: 1, description: 'Name of a provider of a MeshRequestAuthentication.' }), name: text({ minLength: 1 }), values: list(text(), { minItems: 1 }) });

/** Which requests are permitted: everything given must hold. Of `methods`, `paths` and `hosts` one each, of `headers` and `claims` all. */
export const RequestMatchSchema = object({
  spiffeID: MatchSchema.properties.spiffeID,
  methods: opt(list(oneOf(HTTP_METHODS), { minItems: 1 })),
  paths: opt(list(PathMatchSchema, { minItems: 1 })),
  hosts: opt(list(text({ minLength: 1, maxLength: 253 }), { minItems: 1, description: 'Host names without a port; `*.` stands for one or more labels.' })),
  headers: opt(list(HeaderMatchSchema, { minItems: 1 })),
  claims: opt(list(ClaimMatchSchema, { minItems: 1 })),
  authorizedBy: opt(text({ minLength: 1, description: 'Name of an authorizer of a MeshExternalAuthorization, which must agree, too.' })),
});

/** Spec of MeshRequestPermission. A type of Weft's own, see docs/adr/0023. */
export const MeshRequestPermissionSchema = object({
  targetRef: opt(TargetRefSchema),
  rules: list(object({ default: object({ allow: list(RequestMatchSchema, { minItems: 1 }) }) }), { minItems: 1 }),
});

/** Spec of MeshRequestPermission. */
export type MeshRequestPermissionSpec = Static<typeof MeshRequestPermissionSchema>;
/** `rules[].default` of a MeshRequestPermission. */
export type MeshRequestPermissionConf = MeshRequestPermissionSpec['rules'][number]['default'];
/** Which requests are permitted. */
export type RequestMatch = Static<typeof RequestMatchSchema>;
