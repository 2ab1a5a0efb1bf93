import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ValidationContext } from '../../resource-type.ts';
import { tagViolations } from '../../rules/tags.ts';
import { observabilityViolations } from './validate-observability.ts';
import { CA_BACKEND_TYPES, type CaBackend, type MeshSpec } from './schema.ts';

const EXPIRATION = /^\d+(y|w|d|h|m|s|ms)$/;

/** Semantic rules of Mesh, in document order. Texts follow Kuma 2.14. */
export function validateMesh({ spec }: Resource<MeshSpec>, { previous }: ValidationContext): readonly Violation[] {
  return [
    ...mtlsViolations(spec.mtls),
    ...enabledCaViolations(spec, previous?.spec as MeshSpec | undefined),
    ...defaultBackendViolations('tracing', spec.tracing?.defaultBackend, spec.tracing?.backends),
    ...samplingViolations(spec),
    ...defaultBackendViolations('logging', spec.logging?.defaultBackend, spec.logging?.backends),
    ...defaultBackendViolations('metrics', spec.metrics?.enabledBackend, spec.metrics?.backends),
    ...observabilityViolations(spec),
    ...zoneEgressViolations(spec),
    ...constraintViolations(spec),
  ];
}

function mtlsViolations(mtls: MeshSpec['mtls']): readonly Violation[] {
  if (mtls === undefined) return [];
  const backends = mtls.backends ?? [];
  const enabled = mtls.enabledBackend ?? '';
  return [
    ...(backends.length > 1 ? [{ path: 'mtls.backends', message: 'cannot have more than 1 backends' }] : []),
    ...backends.flatMap((backend, index) => backendViolations(backend, { path: `mtls.backends[${index}]`, earlier: backends.slice(0, index) })),
    ...(enabled === '' || backends.some(({ name }) => name === enabled)
      ? []
      : [{ path: 'mtls.enabledBackend', message: 'has to be set to one of the backends in the mesh' }]),
  ];
}

function backendViolations(backend: CaBackend, { path, earlier }: { readonly path: string; readonly earlier: readonly CaBackend[] }): readonly Violation[] {
  const expiration = backend.dpCert?.rotation?.expiration;
  return [
    ...(backend.name === '' ? [{ path: `${path}.name`, message: 'cannot be empty' }] : []),
    ...(earlier.some(({ name }) => name === backend.name) ? [{ path: `${path}.name`, message: `"${backend.name}" name is already used for another backend` }] : []),
    ...(isKnownType(backend.type) ? [] : [{ path: `${path}.type`, message: `unknown backend type "${backend.type}". Available backends: ${CA_BACKEND_TYPES.map((type) => `"${type}"`).join(', ')}` }]),
    ...(expiration === undefined || EXPIRATION.test(expiration)
      ? []
      : [{ path: `${path}.dpCert.rotation.expiration`, message: 'has to be a number followed by one of y, w, d, h, m, s, ms' }]),
    ...(backend.type === 'provided' ? providedViolations(backend, path) : []),
  ];
}

function isKnownType(type: string): boolean {
  return CA_BACKEND_TYPES.some((known) => known === type);
}

function providedViolations({ conf }: CaBackend, path: string): readonly Violation[] {
  return (['cert', 'key'] as const).flatMap((field) => {
    const at = `${path}.conf.${field}`;
    const source = conf?.[field];
    if (source === undefined) return [{ path: at, message: 'has to be defined' }];
    // A key whose inline form went to secret storage shows no field at all.
    const set = Object.values(source).filter((value) => value !== '').length;
    return set > 1 ? [{ path: at, message: 'must have exactly one defined: secret, file, inline, inlineString' }] : [];
  });
}

function enabledCaViolations({ mtls }: MeshSpec, previous: MeshSpec | undefined): readonly Violation[] {
  const was = previous?.mtls?.enabledBackend ?? '';
  const is = mtls?.enabledBackend ?? '';
  if (was === '' || is === '' || was === is) return [];
  return [{ path: 'mtls.enabledBackend', message: 'Changing CA when mTLS is enabled is forbidden. Disable mTLS first and then change the CA' }];
}

function defaultBackendViolations(section: 'tracing' | 'logging' | 'metrics', chosen: string | undefined, backends: readonly { readonly name: string }[] = []): readonly Violation[] {
  const duplicates = backends.flatMap(({ name }, index) =>
    backends.findIndex((other) => other.name === name) < index
      ? [{ path: `${section}.backends[${index}].name`, message: `"${name}" name is already used for another backend` }]
      : []);
  const known = chosen === undefined || chosen === '' || backends.some(({ name }) => name === chosen);
  const field = section === 'metrics' ? 'enabledBackend' : 'defaultBackend';
  return known ? duplicates : [...duplicates, { path: `${section}.${field}`, message: `has to be set to one of the ${section === 'metrics' ? '' : `${section} `}backends in the mesh` }];
}

function samplingViolations({ tracing }: MeshSpec): readonly Violation[] {
  return (tracing?.backends ?? []).flatMap(({ sampling = 100 }, index) =>
    sampling >= 0 && sampling <= 100 ? [] : [{ path: `tracing.backends[${index}].sampling`, message: 'has to be in [0.0 - 100.0] range' }]);
}

function zoneEgressViolations({ mtls, routing }: MeshSpec): readonly Violation[] {
  return routing?.zoneEgress === true && (mtls?.enabledBackend ?? '') === '' ? [{ path: 'mtls', message: 'has to be set when zoneEgress enabled' }] : [];
}

function constraintViolations({ constraints }: MeshSpec): readonly Violation[] {
  return (['requirements', 'restrictions'] as const).flatMap((list) =>
    (constraints?.dataplaneProxy?.[list] ?? []).flatMap(({ tags = {} }, index) =>
      tagViolations(`constraints.dataplaneProxy.${list}[${index}].tags`, tags, { selector: true })));
}
