import { bool, duration, list, object, opt, text, uint32, type Static } from '@weft/resource-model';
import { Type } from '@sinclair/typebox';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const headers = (description: string) => opt(list(Type.String({ minLength: 1, pattern: '^[a-z0-9!#$%&\'*+.^_`|~-]+$' }), { description }));

const AuthorizerSchema = object({
  name: Type.String({ minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' }),
  uri: text({ minLength: 1, description: 'grpc, grpcs, http or https. With http the path is put before that of the request.' }),
  timeout: opt(duration({ default: '1s' })),
  body: opt(object({ maxBytes: uint32({ minimum: 1, maximum: 1_048_576 }), allowPartial: opt(bool({ default: false, description: 'Whether a larger body is cut off instead of refused (413).' })) })),
  requestHeaders: headers('Headers of the request that an http authorizer gets beside method, path, host and Authorization.'),
  workloadHeaders: headers('Headers of the answer of an http authorizer that the workload gets.'),
});

/** Spec of MeshExternalAuthorization. A type of Weft's own, see docs/adr/0026. */
export const MeshExternalAuthorizationSchema = object({
  targetRef: opt(TargetRefSchema),
  rules: list(object({ default: object({ authorizers: list(AuthorizerSchema, { minItems: 1 }) }) }), { minItems: 1 }),
});

/** Spec of MeshExternalAuthorization. */
export type MeshExternalAuthorizationSpec = Static<typeof MeshExternalAuthorizationSchema>;
/** Who is asked, and what about. */
export type Authorizer = Static<typeof AuthorizerSchema>;
