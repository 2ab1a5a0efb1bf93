import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshHttpRouteType } from './mesh-http-route.ts';

const PREFIX = { path: { type: 'PathPrefix', value: '/a' } };
const SERVICE = { kind: 'MeshService', name: 'backend' };
const RULE = 'spec.to[0].rules[0]';
const FILTER = `${RULE}.default.filters[0]`;

function route(rule: { matches?: unknown[]; filters?: unknown[]; backendRefs?: unknown[] }, top: Record<string, unknown> = {}): Record<string, unknown> {
  const { matches = [PREFIX], ...conf } = rule;
  return { ...top, to: [{ targetRef: SERVICE, rules: [{ matches, default: conf }] }] };
}

const MATCHES: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['a relative path', { path: { type: 'Exact', value: 'a' } }, [`${RULE}.matches[0].path.value: must be an absolute path`]],
  ['a trailing slash', { path: { type: 'PathPrefix', value: '/a/' } }, [`${RULE}.matches[0].path.value: does not need a trailing slash because only a \`/\`-separated prefix or an entire path is matched`]],
  ['the root', { path: { type: 'PathPrefix', value: '/' } }, []],
  ['regular expressions that Envoy would refuse', { path: { type: 'RegularExpression', value: '(' }, headers: [{ type: 'RegularExpression', name: 'x', value: '(?=a)' }], queryParams: [{ type: 'RegularExpression', name: 'q', value: '*' }] }, [
    `${RULE}.matches[0].path.value: is no regular expression of RE2: missing closing ): \`(\``,
    `${RULE}.matches[0].queryParams[0].value: is no regular expression of RE2: missing argument to repetition operator: \`*\``,
    `${RULE}.matches[0].headers[0].value: is no regular expression of RE2: invalid or unsupported Perl syntax: \`(?=\``,
  ]],
  ['an unknown method', { method: 'get' }, [`${RULE}.matches[0].method: in body should be one of [CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE]`]],
  ['a query parameter twice', { queryParams: [{ type: 'Exact', name: 'q', value: '1' }, { type: 'Exact', name: 'q', value: '2' }] }, [`${RULE}.matches[0].queryParams[1].name: multiple entries for name q`]],
  ['a value for Present', { headers: [{ type: 'Present', name: 'x', value: 'y' }] }, [`${RULE}.matches[0].headers[0].value: must not be defined`]],
];

const FILTERS: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['the block of another type', { type: 'URLRewrite', requestRedirect: {} }, [`${FILTER}.urlRewrite: must be defined`]],
  ['a modifier of nothing', { type: 'RequestHeaderModifier', requestHeaderModifier: {} }, [`${FILTER}.requestHeaderModifier: must have at least one defined: set, add, remove`]],
  [
    'one header twice',
    { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x', value: '1' }], add: [{ name: 'y', value: '1' }], remove: ['x'] } },
    [`${FILTER}.responseHeaderModifier.remove[0]: duplicate header name`],
  ],
  ['an IP address as host', { type: 'RequestRedirect', requestRedirect: { hostname: '10.0.0.1' } }, [`${FILTER}.requestRedirect.hostname: cannot be an IP address`]],
  ['a host of a backend outside gateways', { type: 'URLRewrite', urlRewrite: { hostToBackendHostname: true } }, [`${FILTER}.urlRewrite.hostToBackendHostname: can only be set with MeshGateway`]],
  ['a mirrored percentage over 100', { type: 'RequestMirror', requestMirror: { percentage: '100.5', backendRef: SERVICE } }, [`${FILTER}.requestMirror.percentage: must be in inclusive range [0.0, 100.0]`]],
  ['a mirror to a multi-zone service', { type: 'RequestMirror', requestMirror: { backendRef: { kind: 'MeshMultiZoneService', name: 'x' } } }, [`${FILTER}.requestMirror.backendRef.kind: value 'MeshMultiZoneService' is not supported`]],
  ['a redirect', { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 308 } }, []],
];

describe('MeshHTTPRoute', () => {
  it.each(MATCHES)('match: %s', (_, match, expected) => expect(violationsOf(meshHttpRouteType, route({ matches: [match] }))).toEqual(expected));
  it.each(FILTERS)('filter: %s', (_, filter, expected) => expect(violationsOf(meshHttpRouteType, route({ filters: [filter] }))).toEqual(expected));

  it('replaces a prefix only where every match has one', () => {
    const filters = [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' } } }];
    expect(violationsOf(meshHttpRouteType, route({ filters }))).toEqual([]);
    expect(violationsOf(meshHttpRouteType, route({ filters, matches: [PREFIX, { method: 'GET' }] }))).toEqual([
      `${FILTER}.urlRewrite.path.replacePrefixMatch: can only appear if all matches match a path prefix`,
    ]);
  });

  it('wants a port of a multi-zone service, and lets an unresolved backend pass', () => {
    const backendRefs = [{ kind: 'MeshMultiZoneService', name: 'x' }, { kind: 'MeshService', name: 'kuma.io/unresolved-backend' }];
    expect(violationsOf(meshHttpRouteType, route({ backendRefs }))).toEqual([`${RULE}.default.backendRefs[0].port: must be defined with kind MeshMultiZoneService`]);
  });

  it('takes host names only under a gateway, where a rule must lead somewhere', () => {
    const to = [{ targetRef: SERVICE, hostnames: ['a.b'], rules: [] }];
    expect(violationsOf(meshHttpRouteType, { to })).toEqual(['spec.to[0].hostnames: must not be defined']);
    const gateway = { kind: 'MeshGateway', name: 'g', tags: { port: 'http/8080' } };
    expect(violationsOf(meshHttpRouteType, { targetRef: gateway, to: [{ targetRef: { kind: 'Mesh' }, hostnames: ['a.b'], rules: [{ matches: [PREFIX], default: {} }] }] })).toEqual([
      `${RULE}.default.backendRefs: must not be empty`,
    ]);
  });
});
