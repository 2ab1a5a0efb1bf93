import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { backendRefViolations } from '../../target-ref/backend-ref.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshHttpRouteRule, MeshHttpRouteSpec } from './schema.ts';
import { filterViolations } from './validate-filters.ts';
import { httpMatchViolations } from './validate-match.ts';

/** Semantic rules of MeshHTTPRoute, in document order. Texts follow Kuma 2.14. */
export function validateMeshHttpRoute(resource: Resource<MeshHttpRouteSpec>): readonly Violation[] {
  const { targetRef, to = [] } = resource.spec;
  const gateway = targetRef?.kind === 'MeshGateway';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway'], gatewayTags: true }),
    ...to.flatMap((entry, index) => entryViolations(entry, { path: `spec.to[${index}]`, gateway })),
  ];
}

interface Place {
  readonly path: string;
  readonly gateway: boolean;
}

function entryViolations(entry: NonNullable<MeshHttpRouteSpec['to']>[number], { path, gateway }: Place): readonly Violation[] {
  const strayHostnames = !gateway && (entry.hostnames ?? []).length > 0;
  return [
    ...targetRefViolations(entry.targetRef, { path: `${path}.targetRef`, kinds: gateway ? ['Mesh'] : ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'] }),
    ...(strayHostnames ? [{ path: `${path}.hostnames`, message: 'must not be defined' }] : []),
    ...(entry.rules ?? []).flatMap((rule, index) => ruleViolations(rule, { path: `${path}.rules[${index}]`, gateway })),
  ];
}

function ruleViolations(rule: MeshHttpRouteRule, { path, gateway }: Place): readonly Violation[] {
  const { filters = [], backendRefs = [] } = rule.default;
  const redirects = filters.some(({ type }) => type === 'RequestRedirect');
  const nowhere = gateway && backendRefs.length === 0 && !redirects;
  return [
    ...rule.matches.flatMap((match, index) => httpMatchViolations(match, `${path}.matches[${index}]`)),
    ...filters.flatMap((filter, index) => filterViolations(filter, { path: `${path}.default.filters[${index}]`, matches: rule.matches, gateway })),
    ...(nowhere ? [{ path: `${path}.default.backendRefs`, message: 'must not be empty' }] : []),
    ...backendRefs.flatMap((ref, index) => backendRefViolations(ref, { path: `${path}.default.backendRefs[${index}]`, kinds: ['MeshService', 'MeshServiceSubset', 'MeshExternalService', 'MeshMultiZoneService'] })),
  ];
}
