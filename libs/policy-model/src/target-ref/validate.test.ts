import { describe, expect, it } from 'vitest';
import { TARGET_REF_KINDS, type TargetRef } from './schema.ts';
import { targetRefViolations } from './validate.ts';

const CASES: readonly (readonly [TargetRef, readonly string[]])[] = [
  [{ kind: 'Mesh' }, []],
  [{ kind: 'Mesh', name: 'x' }, ['ref.name: using name with kind Mesh is not yet supported']],
  [{ kind: 'Mesh', proxyTypes: [] }, ['ref.proxyTypes: must be undefined or have at least one element']],
  [{ kind: 'Mesh', labels: { a: 'b' }, sectionName: 's' }, ['ref.labels: must not be set with kind Mesh', 'ref.sectionName: must not be set with kind Mesh']],
  [{ kind: 'MeshSubset', tags: { a: '', 'b c': 'd', e: '*' } }, [
    'ref.tags["a"]: tag value must be non-empty',
    'ref.tags["b c"]: tag name must consist of alphanumeric characters, dots, dashes, slashes and underscores',
    'ref.tags["e"]: tag value must consist of alphanumeric characters, dots, dashes and underscores',
  ]],
  [{ kind: 'Dataplane', labels: { a: 'b' }, name: 'x' }, ['ref.labels: either labels or name and namespace must be specified']],
  [{ kind: 'Dataplane', sectionName: 'http' }, ['ref.sectionName: can only be used with inbound policies']],
  [{ kind: 'MeshService' }, ['ref: name or labels must be set when kind is MeshService']],
  [{ kind: 'MeshService', name: 'UP' }, ["ref.name: invalid characters: must consist of lower case alphanumeric characters, '-', '.' and '_'."]],
  [{ kind: 'MeshService', name: 'a', labels: { b: 'c' } }, ['ref.labels: either labels or name and namespace must be specified']],
  [{ kind: 'MeshExternalService', name: 'a', labels: { b: 'c' } }, ['ref.labels: either labels or name must be specified']],
  [{ kind: 'MeshHTTPRoute', name: 'a', sectionName: 's' }, ['ref.sectionName: must not be set with kind MeshHTTPRoute']],
  [{ kind: 'MeshServiceSubset', tags: { a: '*', b: 'c/d' } }, ['ref.name: must be set with kind MeshServiceSubset']],
  [{ kind: 'MeshGateway', name: 'g', tags: { a: 'b' } }, ['ref.tags: must not be set with kind MeshGateway']],
  [{ kind: 'MeshMultiZoneService', mesh: 'anything' }, []],
];

describe('targetRef', () => {
  it.each(CASES.map(([ref, expected]) => [JSON.stringify(ref), ref, expected] as const))('%s', (_, ref, expected) => {
    expect(targetRefViolations(ref, { path: 'ref', kinds: TARGET_REF_KINDS }).map(({ path, message }) => `${path}: ${message}`)).toEqual(expected);
  });

  it('takes a section of a Dataplane where there are inbound rules, and listener tags where the policy knows them', () => {
    expect(targetRefViolations({ kind: 'Dataplane', sectionName: 'http' }, { path: 'ref', kinds: TARGET_REF_KINDS, inboundSections: true })).toEqual([]);
    expect(targetRefViolations({ kind: 'MeshGateway', name: 'g', tags: { a: 'b' } }, { path: 'ref', kinds: TARGET_REF_KINDS, gatewayTags: true })).toEqual([]);
  });
});
