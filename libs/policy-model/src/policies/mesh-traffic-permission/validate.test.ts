import { violationsOf, warningsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshTrafficPermissionType } from './mesh-traffic-permission.ts';

const ALLOW = { targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } };
const match = { spiffeID: { type: 'Exact', value: 'spiffe://default/web' } };

const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['good from', { from: [ALLOW] }, []],
  ['good rules', { rules: [{ default: { allow: [match], deny: [{ sni: { type: 'Exact', value: 'a.b' } }] } }] }, []],
  ['neither', {}, ["spec: at least one of 'from' or 'rules' has to be defined"]],
  ['both', { from: [ALLOW], rules: [{ default: { allow: [match] } }] }, ["spec.from: field 'from' must be empty when 'rules' is defined"]],
  ['no action', { from: [{ targetRef: { kind: 'Mesh' }, default: {} }] }, ['spec.from[0].default.action: must be defined']],
  ['an unknown action', { from: [{ ...ALLOW, default: { action: 'ALLOW' } }] }, ['spec.from[0].default.action: in body should be one of [Allow Deny AllowWithShadowDeny]']],
  ['a rule without lists', { rules: [{ default: {} }] }, ["spec.rules[0]: at least one of 'allow', 'allowWithShadowDeny', 'deny' has to be defined"]],
  ['a bad SPIFFE ID, at a path without default', { rules: [{ default: { allow: [{ spiffeID: { type: 'Exact', value: 'web' } }] } }] }, ['spec.rules[0].allow[0].spiffeID: must be a valid Spiffe ID: scheme is missing or invalid']],
  ['an SNI prefix', { rules: [{ default: { deny: [{ sni: { type: 'Prefix', value: 'a' } }] } }] }, ['spec.rules[0].deny[0].sni.type: unrecognized type "Prefix", supported values are: Exact']],
  ['a route on top', { targetRef: { kind: 'MeshHTTPRoute', name: 'r' }, from: [ALLOW] }, ["spec.targetRef.kind: value 'MeshHTTPRoute' is not supported"]],
];

describe('MeshTrafficPermission', () => {
  it.each(CASES)('%s', (_, spec, expected) => expect(violationsOf(meshTrafficPermissionType, spec)).toEqual(expected));

  it('says that from goes away, in the words that Kuma was heard to use', () => {
    expect(warningsOf(meshTrafficPermissionType, { from: [ALLOW] })).toEqual([
      "'from' field is deprecated and will be removed in 3.0, use 'rules' with MeshIdentity (spiffeId) instead",
    ]);
  });
});
