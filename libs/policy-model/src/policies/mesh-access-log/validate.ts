import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { matchViolations } from '../../match/validate.ts';
import { toFromOrRules } from '../../rules/sections.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import type { AccessLogBackend, MeshAccessLogSpec } from './schema.ts';
import { accessLogBackendViolations } from './validate-backend.ts';

/** Semantic rules of MeshAccessLog, in document order. Texts follow Kuma 2.14. */
export function validateMeshAccessLog(resource: Resource<MeshAccessLogSpec>): readonly Violation[] {
  const { targetRef, to = [], from = [], rules = [] } = resource.spec;
  const gateway = targetRef?.kind === 'MeshGateway';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'], gatewayTags: true }),
    ...toFromOrRules(resource.spec),
    ...to.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.to[${index}].targetRef`, kinds: gateway ? ['Mesh'] : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'] }),
      ...backendsViolations(entry.default?.backends, `spec.to[${index}].default.backends`),
    ]),
    ...(gateway && from.length > 0 ? [{ path: 'spec.from', message: 'must not be defined' }] : []),
    ...from.flatMap((entry, index) => [
      ...targetRefViolations(entry.targetRef, { path: `spec.from[${index}].targetRef`, kinds: ['Mesh'] }),
      ...backendsViolations(entry.default?.backends, `spec.from[${index}].default.backends`),
    ]),
    ...rules.flatMap((rule, index) => [
      ...(rule.matches ?? []).flatMap((match, at) => matchViolations(match, `spec.rules[${index}].matches[${at}]`)),
      ...backendsViolations(rule.default?.backends, `spec.rules[${index}].default.backends`),
    ]),
  ];
}

function backendsViolations(backends: readonly AccessLogBackend[] | undefined, path: string): readonly Violation[] {
  if (backends === undefined) return [{ path, message: 'must be defined' }];
  return backends.flatMap((backend, index) => accessLogBackendViolations(backend, `${path}[${index}]`));
}
