import type { Violation } from '@weft/kernel';
import { parseTemplate } from '@weft/name-template';
import type { Resource } from '../../resource.ts';
import { secureDataSourceViolations } from '../../rules/secure-data-source.ts';
import type { BundledProvider, MeshIdentitySpec } from './schema.ts';

const TRUST_DOMAIN_FIELDS = ['Mesh', 'Zone'];
const PATH_FIELDS = ['Mesh', 'Zone', 'Workload', 'Namespace', 'ServiceAccount'];

/** Semantic rules of MeshIdentity, in document order. */
export function validateMeshIdentity({ spec }: Resource<MeshIdentitySpec>): readonly Violation[] {
  const { spiffeID = {}, provider } = spec;
  return [
    ...templateViolations('spec.spiffeID.trustDomain', spiffeID.trustDomain, TRUST_DOMAIN_FIELDS),
    ...templateViolations('spec.spiffeID.path', spiffeID.path, PATH_FIELDS),
    ...(spiffeID.path === undefined || spiffeID.path === '' || /^(\/|\{\{)/.test(spiffeID.path) ? [] : [{ path: 'spec.spiffeID.path', message: 'must start with "/"' }]),
    ...providerViolations(provider),
  ];
}

function templateViolations(path: string, template: string | undefined, fields: readonly string[]): readonly Violation[] {
  if (template === undefined) return [];
  const parts = parseTemplate(template);
  if (!parts.ok) return [{ path, message: `couldn't parse template: ${parts.error}` }];
  return parts.value.flatMap((part) => (part.kind === 'field' && !fields.includes(part.name)
    ? [{ path, message: `there is no field .${part.name}: use ${fields.map((name) => `.${name}`).join(', ')} or label "key"` }]
    : []));
}

function providerViolations({ type, bundled, spire, extension }: MeshIdentitySpec['provider']): readonly Violation[] {
  switch (type) {
    case 'Bundled': return bundled === undefined ? undefinedAt('spec.provider.bundled') : bundledViolations(bundled);
    case 'Spire': return spire === undefined ? undefinedAt('spec.provider.spire') : [];
    case 'Extension': return extension === undefined ? undefinedAt('spec.provider.extension') : [];
  }
}

function undefinedAt(path: string): readonly Violation[] {
  return [{ path, message: 'configuration needs to be defined' }];
}

function bundledViolations({ autogenerate, ca }: BundledProvider): readonly Violation[] {
  const path = 'spec.provider.bundled';
  if (autogenerate?.enabled === true) return ca === undefined ? [] : [{ path: `${path}.ca`, message: 'must not be defined together with autogenerate' }];
  if (ca === undefined) return [{ path: `${path}.ca`, message: 'needs to be defined, or autogenerate enabled' }];
  return (['certificate', 'privateKey'] as const).flatMap((field) => {
    const source = ca[field];
    return source === undefined ? [{ path: `${path}.ca.${field}`, message: 'needs to be defined' }] : secureDataSourceViolations(`${path}.ca.${field}`, source);
  });
}
