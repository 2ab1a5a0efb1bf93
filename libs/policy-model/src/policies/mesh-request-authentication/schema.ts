import { bool, duration, list, object, opt, text, type Static } from '@weft/resource-model';
import { Type } from '@sinclair/typebox';
import { TargetRefSchema } from '../../target-ref/schema.ts';

const JwksSchema = object({
  inline: opt(text({ description: 'A JSON Web Key Set with public keys (RFC 7517 §5).' })),
  remote: opt(object({
    uri: text({ minLength: 1, description: 'http or https. The certificate is verified with the CAs of the proxy\'s host.' }),
    timeout: opt(duration({ default: '5s' })),
    cacheDuration: opt(duration({ default: '10m0s' })),
  })),
});

const JwtProviderSchema = object({
  name: Type.String({ minLength: 1, maxLength: 63, pattern: '^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$' }),
  issuer: text({ minLength: 1, description: 'Value that the claim `iss` must have.' }),
  audiences: opt(list(text({ minLength: 1 }), { description: 'One of these must be in the claim `aud`; default: any.' })),
  jwks: JwksSchema,
  from: opt(object({
    headers: opt(list(object({ name: text({ minLength: 1 }), prefix: opt(text()) }))),
    queryParams: opt(list(text({ minLength: 1 }))),
    cookies: opt(list(text({ minLength: 1 }))),
  }, { description: 'Where the token is; default: the header Authorization after "Bearer ".' })),
  forward: opt(bool({ default: true, description: 'Whether the workload gets the token, too.' })),
  clockSkew: opt(duration({ default: '1m0s' })),
});

/** Spec of MeshRequestAuthentication. A type of Weft's own, see docs/adr/0025. */
export const MeshRequestAuthenticationSchema = object({
  targetRef: opt(TargetRefSchema),
  rules: list(object({ default: object({ jwt: list(JwtProviderSchema, { minItems: 1 }) }) }), { minItems: 1 }),
});

/** Spec of MeshRequestAuthentication. */
export type MeshRequestAuthenticationSpec = Static<typeof MeshRequestAuthenticationSchema>;
/** Who issues tokens, and how they are verified. */
export type JwtProvider = Static<typeof JwtProviderSchema>;
