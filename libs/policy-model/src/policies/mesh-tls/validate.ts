import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { fromOrRules } from '../../rules/sections.ts';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import { targetRefViolations } from '../../target-ref/validate.ts';
import { TLS_VERSIONS, type MeshTlsConf, type MeshTlsSpec } from './schema.ts';

/** Semantic rules of MeshTLS, in document order. Texts follow Kuma 2.14. */
export function validateMeshTls(resource: Resource<MeshTlsSpec>): readonly Violation[] {
  const { targetRef, from = [], rules = [] } = resource.spec;
  const wholeMesh = (targetRef?.kind ?? 'Mesh') === 'Mesh';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'Dataplane'] }),
    ...fromOrRules(resource.spec),
    ...from.flatMap((entry, index) => targetRefViolations(entry.targetRef, { path: `spec.from[${index}].targetRef`, kinds: ['Mesh'] })),
    ...from.flatMap((entry, index) => confViolations(entry.default ?? {}, { path: `spec.from[${index}].default`, wholeMesh })),
    ...rules.flatMap((rule, index) => confViolations(rule.default ?? {}, { path: `spec.rules[${index}].default`, wholeMesh })),
  ];
}

function confViolations({ tlsVersion, tlsCiphers }: MeshTlsConf, { path, wholeMesh }: { readonly path: string; readonly wholeMesh: boolean }): readonly Violation[] {
  const narrow = wholeMesh ? [] : (['tlsVersion', 'tlsCiphers'] as const).filter((field) => (field === 'tlsVersion' ? tlsVersion : tlsCiphers) !== undefined);
  return [
    ...narrow.map((field) => ({ path: `${path}.${field}`, message: `${field} can only be defined with top level targetRef kind: Mesh` })),
    ...(isInverted(tlsVersion) ? [{ path: `${path}.tlsVersion.min`, message: 'min version must be lower than max' }] : []),
  ];
}

function isInverted(tlsVersion: MeshTlsConf['tlsVersion']): boolean {
  const { min = 'TLSAuto', max = 'TLSAuto' } = tlsVersion ?? {};
  return max !== 'TLSAuto' && TLS_VERSIONS.indexOf(min) > TLS_VERSIONS.indexOf(max);
}
