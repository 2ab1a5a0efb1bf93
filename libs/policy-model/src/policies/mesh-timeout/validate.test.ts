import { violationsOf, warningsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshTimeoutType } from './mesh-timeout.ts';

const MESH = { targetRef: { kind: 'Mesh' } };
const GOOD = { ...MESH, default: { idleTimeout: '1h' } };
const spiffeMatch = { spiffeID: { type: 'Exact', value: 'spiffe://default/web' } };
const BY_SOURCE = "can't be specified when matches contain spiffeID because this field cannot be conditioned on source identity";

const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['nothing at all', {}, ["spec: at least one of 'from', 'to' or 'rules' has to be defined"]],
  ['good to and from', { to: [GOOD], from: [GOOD] }, []],
  ['rules with to', { to: [GOOD], rules: [{ default: { idleTimeout: '1h' } }] }, ["spec: fields 'to' and 'from' must be empty when 'rules' is defined"]],
  ['an empty conf', { to: [{ ...MESH, default: {} }] }, ['spec.to[0].default: at least one timeout should be configured']],
  ['a missing conf', { to: [MESH] }, ['spec.to[0].default: at least one timeout should be configured']],
  ['an empty http section', { to: [{ ...MESH, default: { http: {} } }] }, ['spec.to[0].default.http: at least one timeout in this section should be configured']],
  ['only requestHeadersTimeout', { to: [{ ...MESH, default: { http: { requestHeadersTimeout: '1s' } } }] }, ['spec.to[0].default.http: at least one timeout in this section should be configured']],
  [
    'bad durations, all at once',
    { to: [{ ...MESH, default: { connectionTimeout: '0s', idleTimeout: '-1s', http: { requestTimeout: '-1ms' } } }] },
    [
      'spec.to[0].default.connectionTimeout: must be greater than zero when defined',
      'spec.to[0].default.idleTimeout: must not be negative when defined',
      'spec.to[0].default.http.requestTimeout: must not be negative when defined',
    ],
  ],
  ['text that is no duration', { to: [{ ...MESH, default: { idleTimeout: 'soon' } }] }, ['spec.to[0].default.idleTimeout: in body must be of type duration: "soon" (a number and a unit, such as 10s, 1.5m or 250ms)']],
  ['a kind that to does not take', { to: [{ ...GOOD, targetRef: { kind: 'Dataplane' } }] }, ["spec.to[0].targetRef.kind: value 'Dataplane' is not supported"]],
  ['from a service', { from: [{ ...GOOD, targetRef: { kind: 'MeshService', name: 'a' } }] }, ["spec.from[0].targetRef.kind: value 'MeshService' is not supported"]],
  ['from under a gateway', { targetRef: { kind: 'MeshGateway', name: 'g' }, from: [GOOD] }, ['spec.from: must not be defined']],
  [
    'a connection timeout for a route',
    { targetRef: { kind: 'MeshHTTPRoute', name: 'r' }, to: [{ ...MESH, default: { connectionTimeout: '1s', http: { requestTimeout: '1s', maxStreamDuration: '1s' } } }] },
    ['connectionTimeout', 'http.maxStreamDuration'].map((field) => `spec.to[0].default.${field}: can't be specified when top-level TargetRef is referencing MeshHTTPRoute`),
  ],
  ['a rule by source', { rules: [{ matches: [spiffeMatch], default: { idleTimeout: '1h', http: { requestTimeout: '1s' } } }] }, [`spec.rules[0].default.idleTimeout: ${BY_SOURCE}`]],
  ['a match of nothing', { rules: [{ matches: [{}], default: { idleTimeout: '1h' } }] }, ["spec.rules[0].matches[0]: must specify at least one of 'spiffeID' or 'sni'"]],
  [
    'a prefix that is no SPIFFE ID, of an unknown type',
    { rules: [{ matches: [{ spiffeID: { type: 'Suffix', value: 'spiffe://default/' } }], default: { http: { requestTimeout: '1s' } } }] },
    [
      'spec.rules[0].matches[0].spiffeID.type: unrecognized type "Suffix", supported values are: Exact, Prefix',
      'spec.rules[0].matches[0].spiffeID: must be a valid Spiffe ID: path cannot have a trailing slash',
    ],
  ],
  ['a route on top outside the system role', { targetRef: { kind: 'Mesh', tags: { a: 'b' } }, to: [GOOD] }, ['spec.targetRef.tags: must not be set with kind Mesh']],
];

describe('MeshTimeout', () => {
  it.each(CASES)('%s', (_, spec, expected) => expect(violationsOf(meshTimeoutType, spec)).toEqual(expected));

  it('advises rules instead of from', () => {
    expect(warningsOf(meshTimeoutType, { from: [GOOD] })).toEqual(["'from' field is deprecated, use 'rules' instead"]);
    expect(warningsOf(meshTimeoutType, { to: [GOOD] })).toEqual([]);
  });
});
