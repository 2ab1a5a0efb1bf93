import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { serverUriProblem } from '../../rules/server-uri.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import type { Authorizer, MeshExternalAuthorizationSpec } from './schema.ts';

/** Semantic rules of MeshExternalAuthorization, in document order. */
export function validateMeshExternalAuthorization(resource: Resource<MeshExternalAuthorizationSpec>): readonly Violation[] {
  const authorizers = resource.spec.rules.flatMap((rule, index) => rule.default.authorizers.map((authorizer, position) => ({ authorizer, path: `spec.rules[${index}].default.authorizers[${position}]` })));
  const earlier = new Set<string>();
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'] }),
    ...authorizers.flatMap(({ authorizer, path }) => {
      const repeated = earlier.has(authorizer.name);
      earlier.add(authorizer.name);
      return [...(repeated ? [{ path: `${path}.name`, message: `"${authorizer.name}" is already the name of another authorizer` }] : []), ...authorizerViolations(authorizer, path)];
    }),
  ];
}

function authorizerViolations({ uri, requestHeaders, workloadHeaders }: Authorizer, path: string): readonly Violation[] {
  const problem = serverUriProblem(uri, ['grpc', 'grpcs', 'http', 'https']);
  const grpc = uri.startsWith('grpc');
  return [
    ...(problem === undefined ? [] : [{ path: `${path}.uri`, message: problem }]),
    ...(problem === undefined && grpc && !/^grpcs?:\/\/[^/]+\/?$/.test(uri) ? [{ path: `${path}.uri`, message: 'must have no path with grpc' }] : []),
    ...Object.entries({ requestHeaders, workloadHeaders }).flatMap(([field, given]) => (grpc && given !== undefined ? [{ path: `${path}.${field}`, message: 'is for http only: with grpc the authorizer gets all headers and answers with those that it wants' }] : [])),
  ];
}
