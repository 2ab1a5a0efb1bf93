import { checkEnvoyYaml } from '@weft/envoy-proto';
import type { Violation } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import { topLevelViolations } from '../../target-ref/top-level.ts';
import type { MeshProxyPatchSpec, Modification } from './schema.ts';

/** Semantic rules of MeshProxyPatch, in document order. Texts follow Kuma 2.14. */
export function validateMeshProxyPatch(resource: Resource<MeshProxyPatchSpec>): readonly Violation[] {
  const modifications = resource.spec.default.appendModifications ?? [];
  const path = 'spec.default.appendModifications';
  return [
    ...topLevelViolations(resource, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'], system: ['MeshGateway'] }),
    ...(modifications.length === 0 ? [{ path, message: 'must not be empty' }] : []),
    ...modifications.flatMap((modification, index) => modificationViolations(modification, `${path}[${index}]`)),
  ];
}

const KINDS = ['cluster', 'listener', 'networkFilter', 'httpFilter', 'virtualHost'] as const;
type Kind = (typeof KINDS)[number];
type Change = NonNullable<Modification[Kind]>;

function modificationViolations(modification: Modification, path: string): readonly Violation[] {
  const given = KINDS.flatMap((kind) => (modification[kind] === undefined ? [] : [[kind, modification[kind]] as const]));
  const [first] = given;
  if (first === undefined || given.length > 1) return [{ path, message: `exactly one modification can be defined at a time. Currently, ${given.length} modifications are defined` }];
  return changeViolations(first[0], first[1], `${path}.${first[0]}`);
}

const OPERATIONS = ['Add', 'Remove', 'Patch'];
const FILTER_OPERATIONS = ['Remove', 'Patch', 'AddFirst', 'AddBefore', 'AddAfter', 'AddLast'];

function changeViolations(kind: Kind, change: Change, path: string): readonly Violation[] {
  const filter = kind === 'networkFilter' || kind === 'httpFilter';
  const allowed = filter ? FILTER_OPERATIONS : OPERATIONS;
  const { operation } = change;
  if (!allowed.includes(operation)) return [{ path: `${path}.operation`, message: `invalid operation. Available operations: ${allowed.map((one) => `"${one}"`).join(', ')}` }];
  return [...matchViolations(kind, change, path), ...contentViolations(change, path), ...valueViolations(kind, change, path), ...jsonPatchViolations(change, path)];
}

function matchViolations(kind: Kind, { operation, match }: Change, path: string): readonly Violation[] {
  if (operation === 'Add') {
    if (kind === 'virtualHost') return match?.name === undefined ? [] : [{ path: `${path}.match.name`, message: 'must not be defined' }];
    return match === undefined ? [] : [{ path: `${path}.match`, message: 'must not be defined' }];
  }
  const filter = kind === 'networkFilter' || kind === 'httpFilter';
  const needsName = filter && ['Patch', 'AddBefore', 'AddAfter'].includes(operation);
  return needsName && (match?.name ?? '') === '' ? [{ path: `${path}.match.name`, message: 'must be defined' }] : [];
}

function contentViolations({ operation, value, jsonPatches }: Change, path: string): readonly Violation[] {
  if (operation === 'Remove') return value === undefined ? [] : [{ path: `${path}.value`, message: 'must not be defined' }];
  if (operation !== 'Patch') {
    const stray = jsonPatches === undefined ? [] : [{ path: `${path}.jsonPatches`, message: 'must not be defined' }];
    return [...stray, ...((value ?? '') === '' ? [{ path: `${path}.value`, message: 'must be defined' }] : [])];
  }
  if (value === undefined && jsonPatches === undefined) return [{ path, message: 'must have exactly one defined: value, jsonPatches' }];
  return value !== undefined && jsonPatches !== undefined ? [{ path, message: 'must have only one type defined: value, jsonPatches' }] : [];
}

/** What `value` is, by kind. */
const MESSAGES: Readonly<Record<Kind, string>> = {
  cluster: 'envoy.config.cluster.v3.Cluster',
  listener: 'envoy.config.listener.v3.Listener',
  networkFilter: 'envoy.config.listener.v3.Filter',
  httpFilter: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  virtualHost: 'envoy.config.route.v3.VirtualHost',
};

function valueViolations(kind: Kind, { operation, value = '', jsonPatches }: Change, path: string): readonly Violation[] {
  if (operation === 'Remove' || value === '' || jsonPatches !== undefined) return [];
  const read = checkEnvoyYaml(MESSAGES[kind], value);
  return read.ok ? [] : [{ path: `${path}.value`, message: `native Envoy resource is not valid: ${read.error}` }];
}

function jsonPatchViolations({ jsonPatches = [] }: Change, path: string): readonly Violation[] {
  return jsonPatches.flatMap(({ op, path: target, from, value }, index) => {
    const at = `${path}.jsonPatches[${index}]`;
    const moves = op === 'move' || op === 'copy';
    return [
      ...(isPointer(target) ? [] : [{ path: `${at}.path`, message: 'must be a JSON pointer: it begins with "/"' }]),
      ...(moves && !isPointer(from) ? [{ path: `${at}.from`, message: `must be a JSON pointer with op ${op}` }] : []),
      ...(!moves && op !== 'remove' && value === undefined ? [{ path: `${at}.value`, message: `must be defined with op ${op}` }] : []),
    ];
  });
}

/** RFC 6901; the whole document (an empty text) is no target here. */
function isPointer(text: string | undefined): boolean {
  return text?.startsWith('/') === true && !/~(?![01])/.test(text);
}
