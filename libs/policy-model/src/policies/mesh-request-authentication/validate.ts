import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { serverUriProblem } from '../../rules/server-uri.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { jwksProblem } from './jwks.ts';
import type { JwtProvider, MeshRequestAuthenticationSpec } from './schema.ts';

/** Semantic rules of MeshRequestAuthentication, in document order. */
export function validateMeshRequestAuthentication(resource: Resource<MeshRequestAuthenticationSpec>): readonly Violation[] {
  const providers = resource.spec.rules.flatMap((rule, index) => rule.default.jwt.map((provider, position) => ({ provider, path: `spec.rules[${index}].default.jwt[${position}]` })));
  const earlier = new Set<string>();
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'] }),
    ...providers.flatMap(({ provider, path }) => {
      const repeated = earlier.has(provider.name);
      earlier.add(provider.name);
      return [...(repeated ? [{ path: `${path}.name`, message: `"${provider.name}" is already the name of another provider` }] : []), ...jwksViolations(provider.jwks, `${path}.jwks`)];
    }),
  ];
}

function jwksViolations({ inline, remote }: JwtProvider['jwks'], path: string): readonly Violation[] {
  if ((inline === undefined) === (remote === undefined)) return [{ path, message: "exactly one of 'inline' and 'remote' must be set" }];
  const problem = inline === undefined ? serverUriProblem(remote?.uri ?? '', ['http', 'https']) : jwksProblem(inline);
  return problem === undefined ? [] : [{ path: inline === undefined ? `${path}.remote.uri` : `${path}.inline`, message: problem }];
}
