import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshRequestPermissionType } from './mesh-request-permission.ts';

const allow = (...matches: unknown[]) => ({ rules: [{ default: { allow: matches } }] });

const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['everything', allow({
    spiffeID: { type: 'Prefix', value: 'spiffe://default/web' }, methods: ['GET', 'HEAD'], paths: [{ type: 'PathPrefix', value: '/public' }, { type: 'Exact', value: '/' }, { type: 'RegularExpression', value: '/v[12]/.*' }],
    hosts: ['shop.mesh', '*.example.com'], headers: [{ name: 'x-team', value: 'a' }, { name: 'x-debug', type: 'Absent' }], claims: [{ provider: 'a', name: 'realm.roles', values: ['x'] }], authorizedBy: 'opa',
  }), []],
  ['no rules', {}, ['spec.rules: in body is required']],
  ['a rule without matches', allow(), ['spec.rules[0].default.allow: in body should have at least 1 items']],
  ['a match about nothing', allow({}), ["spec.rules[0].default.allow[0]: must specify at least one of 'spiffeID', 'methods', 'paths', 'hosts', 'headers', 'claims' or 'authorizedBy'"]],
  ['a field that is none, which would permit more than was meant', allow({ spiffeID: { type: 'Exact', value: 'spiffe://default/web' }, method: 'GET' }), ['spec.rules[0].default.allow[0].method: is no field of MeshRequestPermission']],
  ['a denial', { rules: [{ default: { allow: [{ methods: ['GET'] }], deny: [{ methods: ['PUT'] }] } }] }, ['spec.rules[0].default.deny: is no field of MeshRequestPermission']],
  ['a bad SPIFFE ID', allow({ spiffeID: { type: 'Exact', value: 'web' } }), ['spec.rules[0].default.allow[0].spiffeID: must be a valid Spiffe ID: scheme is missing or invalid']],
  ['a path without a slash', allow({ paths: [{ type: 'PathPrefix', value: 'public' }] }), ['spec.rules[0].default.allow[0].paths[0].value: must be an absolute path']],
  ['a host with a port', allow({ hosts: ['shop.mesh:80'] }), ['spec.rules[0].default.allow[0].hosts[0]: must be a host name in lower case without a port, or *. and a host name']],
  ['a value where only presence is asked', allow({ headers: [{ name: 'x-a', type: 'Present', value: 'b' }] }), ['spec.rules[0].default.allow[0].headers[0].value: must not be defined']],
  ['a route on top', { targetRef: { kind: 'MeshHTTPRoute', name: 'r' }, ...allow({ methods: ['GET'] }) }, ["spec.targetRef.kind: value 'MeshHTTPRoute' is not supported"]],
];

describe('MeshRequestPermission', () => {
  it.each(CASES)('%s', (_, spec, expected) => expect(violationsOf(meshRequestPermissionType, spec)).toEqual(expected));
});
