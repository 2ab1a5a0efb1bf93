import type { Violation } from '@weft/kernel';
import { tagViolations } from '@weft/resource-model';
import type { TargetRef, TargetRefKind } from './schema.ts';

/** What a place in a policy allows of a targetRef. */
export interface TargetRefRules {
  readonly kinds: readonly TargetRefKind[];
  /** MeshGateway may carry listener tags. */
  readonly gatewayTags?: boolean;
  /** Dataplane may name a section: the policy has inbound rules. */
  readonly inboundSections?: boolean;
}

/** Where a targetRef stands, and what is allowed there. */
export interface TargetRefPlace extends TargetRefRules {
  readonly path: string;
}

type Field = 'name' | 'namespace' | 'labels' | 'sectionName' | 'tags' | 'mesh' | 'proxyTypes';

/** Fields that a kind does not take. */
const FORBIDDEN: Readonly<Record<TargetRefKind, readonly Field[]>> = {
  Mesh: ['mesh', 'tags', 'labels', 'namespace', 'sectionName'],
  MeshSubset: ['name', 'mesh', 'labels', 'namespace', 'sectionName'],
  Dataplane: ['tags', 'mesh', 'proxyTypes'],
  MeshService: ['mesh', 'tags', 'proxyTypes'],
  MeshExternalService: ['mesh', 'tags', 'proxyTypes', 'sectionName'],
  MeshHTTPRoute: ['mesh', 'tags', 'proxyTypes', 'sectionName'],
  MeshMultiZoneService: [],
  MeshServiceSubset: ['mesh', 'labels', 'namespace', 'sectionName', 'proxyTypes'],
  MeshGateway: ['mesh', 'labels', 'namespace', 'sectionName', 'proxyTypes'],
};

/** Rules of a targetRef. An absent one means the whole mesh. Texts follow Kuma 2.14. */
export function targetRefViolations(ref: TargetRef | undefined, place: TargetRefPlace): readonly Violation[] {
  if (ref === undefined) return [];
  const { path, kinds, gatewayTags } = place;
  if (!kinds.includes(ref.kind)) return [{ path: `${path}.kind`, message: `value '${ref.kind}' is not supported` }];
  const forbidden = FORBIDDEN[ref.kind].filter((field) => isSet(ref[field]));
  const gateway = ref.kind === 'MeshGateway' && gatewayTags !== true && isSet(ref.tags) ? (['tags'] as const) : [];
  return [
    ...kindViolations(ref, place),
    ...[...forbidden, ...gateway].map((field) => ({ path: `${path}.${field}`, message: `must not be set with kind ${ref.kind}` })),
  ];
}

function kindViolations(ref: TargetRef, { path, inboundSections }: TargetRefPlace): readonly Violation[] {
  switch (ref.kind) {
    case 'Mesh':
      return [...(isSet(ref.name) ? [{ path: `${path}.name`, message: 'using name with kind Mesh is not yet supported' }] : []), ...proxyTypesViolations(ref, path)];
    case 'MeshSubset':
      return [...tagViolations(`${path}.tags`, ref.tags ?? {}), ...proxyTypesViolations(ref, path)];
    case 'Dataplane':
      return [...nameXorLabels(ref, path, EITHER_NAME_AND_NAMESPACE), ...(isSet(ref.sectionName) && inboundSections !== true ? [{ path: `${path}.sectionName`, message: 'can only be used with inbound policies' }] : [])];
    case 'MeshService':
    case 'MeshHTTPRoute':
      return nameOrLabels(ref, path, EITHER_NAME_AND_NAMESPACE);
    case 'MeshExternalService':
      return nameOrLabels(ref, path, 'either labels or name must be specified');
    case 'MeshServiceSubset':
      return [...requiredName(ref, path), ...tagViolations(`${path}.tags`, ref.tags ?? {}, { selector: true })];
    case 'MeshGateway':
      return [...requiredName(ref, path), ...tagViolations(`${path}.tags`, ref.tags ?? {}, { selector: true })];
    case 'MeshMultiZoneService':
      return [];
  }
}

const EITHER_NAME_AND_NAMESPACE = 'either labels or name and namespace must be specified';
const NAME = /^[0-9a-z\-_.]*$/;

function nameOrLabels(ref: TargetRef, path: string, either: string): readonly Violation[] {
  if (!isSet(ref.name) && !isSet(ref.labels)) return [{ path, message: `name or labels must be set when kind is ${ref.kind}` }];
  const charset = NAME.test(ref.name ?? '') ? [] : [{ path: `${path}.name`, message: "invalid characters: must consist of lower case alphanumeric characters, '-', '.' and '_'." }];
  return [...charset, ...nameXorLabels(ref, path, either)];
}

function nameXorLabels(ref: TargetRef, path: string, message: string): readonly Violation[] {
  return isSet(ref.labels) && (isSet(ref.name) || isSet(ref.namespace)) ? [{ path: `${path}.labels`, message }] : [];
}

function requiredName(ref: TargetRef, path: string): readonly Violation[] {
  return isSet(ref.name) ? [] : [{ path: `${path}.name`, message: `must be set with kind ${ref.kind}` }];
}

function proxyTypesViolations({ proxyTypes }: TargetRef, path: string): readonly Violation[] {
  return proxyTypes?.length === 0 ? [{ path: `${path}.proxyTypes`, message: 'must be undefined or have at least one element' }] : [];
}

function isSet(value: TargetRef[Field]): boolean {
  if (value === undefined || value === '') return false;
  return typeof value === 'string' || Array.isArray(value) || Object.keys(value).length > 0;
}
