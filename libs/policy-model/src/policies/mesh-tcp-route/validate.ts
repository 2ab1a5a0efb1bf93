import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { backendRefViolations } from '../../target-ref/backend-ref.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { MeshTcpRouteSpec } from './schema.ts';

/** Semantic rules of MeshTCPRoute, in document order. Texts follow Kuma 2.14. */
export function validateMeshTcpRoute(resource: Resource<MeshTcpRouteSpec>): readonly Violation[] {
  const { targetRef, to = [] } = resource.spec;
  const gateway = targetRef?.kind === 'MeshGateway';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway'], gatewayTags: true }),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds: gateway ? ['Mesh'] : ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'] }),
      ...(entry.rules ?? []).flatMap((rule, at) => backendsViolations(rule, `spec.to[${index}].rules[${at}].default.backendRefs`)),
    ]),
  ];
}

type Rule = NonNullable<NonNullable<MeshTcpRouteSpec['to']>[number]['rules']>[number];

function backendsViolations({ default: { backendRefs = [] } }: Rule, path: string): readonly Violation[] {
  if (backendRefs.length === 0) return [{ path, message: 'must be defined' }];
  return backendRefs.flatMap((ref, index) => backendRefViolations(ref, { path: `${path}[${index}]`, kinds: ['MeshService', 'MeshServiceSubset', 'MeshExternalService', 'MeshMultiZoneService'] }));
}
