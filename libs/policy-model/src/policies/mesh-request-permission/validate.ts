import type { Violation } from '@weft/kernel';
import { isDnsSubdomain, type Resource } from '@weft/resource-model';
import { spiffeIdViolations } from '../../match/validate.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { headerViolations, pathViolations } from '../mesh-http-route/validate-match.ts';
import type { MeshRequestPermissionSpec, RequestMatch } from './schema.ts';

/** Semantic rules of MeshRequestPermission, in document order. */
export function validateMeshRequestPermission(resource: Resource<MeshRequestPermissionSpec>): readonly Violation[] {
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'] }),
    ...resource.spec.rules.flatMap((rule, index) => rule.default.allow.flatMap((match, position) => matchViolations(match, `spec.rules[${index}].default.allow[${position}]`))),
  ];
}

function matchViolations(match: RequestMatch, path: string): readonly Violation[] {
  if (Object.keys(match).length === 0) return [{ path, message: "must specify at least one of 'spiffeID', 'methods', 'paths', 'hosts', 'headers', 'claims' or 'authorizedBy'" }];
  const { paths = [], hosts = [], headers = [] } = match;
  return [
    ...spiffeIdViolations(match.spiffeID, `${path}.spiffeID`),
    ...paths.flatMap((one, index) => pathViolations(one, `${path}.paths[${index}].value`)),
    ...hosts.flatMap((host, index) => (isHostPattern(host) ? [] : [{ path: `${path}.hosts[${index}]`, message: 'must be a host name in lower case without a port, or *. and a host name' }])),
    ...headers.flatMap((one, index) => headerViolations(one, `${path}.headers[${index}]`)),
  ];
}

function isHostPattern(host: string): boolean {
  return isDnsSubdomain(host.startsWith('*.') ? host.slice(2) : host);
}
