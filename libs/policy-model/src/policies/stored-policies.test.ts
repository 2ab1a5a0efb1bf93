import type { ResourceType } from '@weft/resource-model';
import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from '../registry.ts';

type Case = readonly [type: string, what: string, spec: Readonly<Record<string, unknown>>, expected: readonly string[]];

const to = (conf: unknown, kind = 'Mesh', name?: string) => ({ to: [{ targetRef: { kind, ...(name !== undefined && { name }) }, default: conf }] });
const D = 'spec.to[0].default';
const single = (conf: unknown) => ({ default: conf });
const modification = (content: unknown) => single({ appendModifications: [content] });
const M = 'spec.default.appendModifications[0]';

const CASES: readonly Case[] = [
  ['MeshTCPRoute', 'a split', { to: [{ targetRef: { kind: 'MeshService', name: 'db' }, rules: [{ default: { backendRefs: [{ kind: 'MeshService', name: 'db', weight: 80 }] } }] }] }, []],
  ['MeshTCPRoute', 'no backends', { to: [{ targetRef: { kind: 'MeshService', name: 'db' }, rules: [{ default: {} }] }] }, ['spec.to[0].rules[0].default.backendRefs: must be defined']],
  ['MeshTCPRoute', 'two rules', { to: [{ targetRef: { kind: 'MeshService', name: 'db' }, rules: [{ default: {} }, { default: {} }] }] }, ['spec.to[0].rules: in body should have at most 1 items']],
  ['MeshLoadBalancingStrategy', 'ring hash by header', to({ hashPolicies: [{ type: 'Header', header: { name: 'x-user' } }], loadBalancer: { type: 'RingHash', ringHash: { minRingSize: 64 } } }, 'MeshService', 'backend'), []],
  ['MeshLoadBalancingStrategy', 'a hash policy without its block', to({ hashPolicies: [{ type: 'SourceIP' }] }), [`${D}.hashPolicies[0].connection: must be defined`]],
  ['MeshLoadBalancingStrategy', 'hash policies twice', to({ hashPolicies: [{ type: 'Header', header: { name: 'x' } }], loadBalancer: { type: 'Maglev', maglev: { hashPolicies: [] } } }), [`${D}.loadBalancer.maglev.hashPolicies: hashPolicies already specified in the root level`]],
  ['MeshLoadBalancingStrategy', 'some weights', to({ localityAwareness: { localZone: { affinityTags: [{ key: 'a', weight: 1 }, { key: 'b' }] } } }), [`${D}.localityAwareness.localZone.affinityTags: all or none affinity tags should have weight`]],
  ['MeshLoadBalancingStrategy', 'zones that do not fit', to({ localityAwareness: { crossZone: { failover: [{ to: { type: 'Any', zones: ['a'] } }, { to: { type: 'Only' } }] } } }), [
    `${D}.localityAwareness.crossZone.failover[0].to.zones: must be empty when type is Any`,
    `${D}.localityAwareness.crossZone.failover[1].to.zones: must not be empty when type is Only`,
  ]],
  ['MeshLoadBalancingStrategy', 'more than hashing on a route', to({ loadBalancer: { type: 'Random' } }, 'MeshHTTPRoute', 'r'), [`${D}.loadBalancer: field is not allowed when targetRef.kind is MeshHTTPRoute, only hashPolicies is supported`]],
  ['MeshPassthrough', 'domains, addresses, ranges', single({ appendMatch: [{ type: 'Domain', value: '*.example.com', protocol: 'tls', port: 443 }, { type: 'IP', value: '::1' }, { type: 'CIDR', value: '10.0.0.0/8' }] }), []],
  ['MeshPassthrough', 'values that are none', single({ appendMatch: [{ type: 'Domain', value: '*foo.com', protocol: 'tls' }, { type: 'IP', value: '10.0.0.0/8' }, { type: 'CIDR', value: '10.0.0.0/33' }] }), [
    'spec.default.appendMatch[0].value: provided DNS has incorrect value',
    'spec.default.appendMatch[1].value: provided IP has incorrect value',
    'spec.default.appendMatch[2].value: provided CIDR has incorrect value',
  ]],
  ['MeshPassthrough', 'a protocol that names cannot tell', single({ appendMatch: [{ type: 'Domain', value: 'a.b', protocol: 'tcp' }] }), ['spec.default.appendMatch[0].protocol: protocol tcp is not supported for a domain']],
  ['MeshAccessLog', 'a file and a server', to({ backends: [{ type: 'File', file: { path: '/log' } }, { type: 'Tcp', tcp: { address: 'logs:5151', format: { type: 'Plain', plain: '%START_TIME%' } } }] }), []],
  ['MeshAccessLog', 'no backends', to({}), [`${D}.backends: must be defined`]],
  ['MeshAccessLog', 'backends that cannot be', to({ backends: [{ type: 'File' }, { type: 'File', file: { path: 'log' } }, { type: 'Tcp', tcp: { address: 'logs' } }, { type: 'OpenTelemetry', openTelemetry: {} }] }), [
    `${D}.backends[0].file: must be defined`,
    `${D}.backends[1].file.path: file backend requires a valid path`,
    `${D}.backends[2].tcp.address: tcp backend requires valid address`,
    `${D}.backends[3].openTelemetry: must have exactly one defined: endpoint, backendRef`,
  ]],
  ['MeshTrace', 'zipkin', single({ backends: [{ type: 'Zipkin', zipkin: { url: 'http://jaeger:9411/api/v2/spans' } }], sampling: { overall: '12.5' } }), []],
  ['MeshTrace', 'no backends', single({}), ['spec.default.backends: must be defined']],
  ['MeshTrace', 'values out of range', single({ backends: [{ type: 'Datadog', datadog: { url: 'https://agent/x' } }], sampling: { overall: 101 }, tags: [{ name: 'a' }] }), [
    'spec.default.backends[0].datadog.url: scheme must be http',
    'spec.default.backends[0].datadog.url: port must be defined',
    'spec.default.backends[0].datadog.url: path must not be defined',
    'spec.default.sampling.overall: must be between 0 and 100',
    'spec.default.tags[0]: tag must have exactly one defined: header, literal',
  ]],
  ['MeshFaultInjection', 'values out of range', { targetRef: { kind: 'Dataplane' }, from: [{ targetRef: { kind: 'Mesh' }, default: { http: [{ abort: { httpStatus: 99, percentage: 101 } }, { responseBandwidth: { limit: '1bps', percentage: 1 } }] } }] }, [
    'spec.from[0].default.http.abort[0].httpStatus: must be in inclusive range [100, 599]',
    'spec.from[0].default.http.abort[0].percentage: must be in inclusive range [0.0, 100.0]',
    'spec.from[0].default.http.responseBandwidth[1].limit: must be in kbps/Mbps/Gbps units',
  ]],
  ['MeshRateLimit', 'rules', { targetRef: { kind: 'Dataplane' }, rules: [{ default: { local: { http: { requestRate: { num: 5, interval: '10s' } } } } }] }, []],
  ['MeshRateLimit', 'from where gateways are meant too', { from: [{ targetRef: { kind: 'Mesh' }, default: { local: { tcp: { connectionRate: { num: 0, interval: '50ms' } } } } }] }, [
    'spec.from: must not be defined when the scope includes a Gateway, select only proxyType Sidecar or select only gateways and use spec.to',
    'spec.from[0].default.local.tcp.connectionRate.num: must be greater than 0',
    'spec.from[0].default.local.tcp.connectionRate.interval: must be greater than: 50ms',
  ]],
  ['MeshRateLimit', 'nothing', { targetRef: { kind: 'Dataplane' }, rules: [{ default: {} }, { default: { local: {} } }] }, ['spec.rules[0].default.local: must be defined', 'spec.rules[1].default.local: must have at least one defined: tcp, http']],
  ['MeshHealthCheck', 'http', to({ interval: '9s', http: { path: '/healthz', expectedStatuses: [200] } }, 'MeshService', 'backend'), []],
  ['MeshHealthCheck', 'values out of range', to({ interval: '0s', healthyThreshold: 0, intervalJitterPercent: 101, eventLogPath: 'log' }), [
    `${D}.interval: must be greater than zero when defined`,
    `${D}.healthyThreshold: must be greater than 0`,
    `${D}.intervalJitterPercent: must be in inclusive range [0, 100]`,
    `${D}.eventLogPath: must be a valid path when defined`,
    `${D}: must have at least one defined: http, tcp, grpc`,
  ]],
  ['MeshMetric', 'prometheus', single({ backends: [{ type: 'Prometheus', prometheus: {} }], applications: [{ port: 8080 }] }), []],
  ['MeshMetric', 'values that are none', single({ sidecar: { profiles: { appendProfiles: [{ name: 'Most' }], include: [{ type: 'Regex', match: '(' }] } }, applications: [{ port: 0 }] }), [
    "spec.default.sidecar.profiles.appendProfiles[0].name: unrecognized profile name 'Most' - 'All', 'None', 'Basic' are supported",
    'spec.default.sidecar.profiles.include[0].match: invalid regex',
    'spec.default.applications.application[0].port: port must be in the range [1, 65535]',
  ]],
  ['MeshProxyPatch', 'a merge and a JSON patch', single({ appendModifications: [{ cluster: { operation: 'Patch', match: { name: 'x' }, value: 'connect_timeout: 1s' } }, { networkFilter: { operation: 'Patch', match: { name: 'y' }, jsonPatches: [{ op: 'remove', path: '/a' }] } }] }), []],
  ['MeshProxyPatch', 'none', single({ appendModifications: [] }), ['spec.default.appendModifications: must not be empty']],
  ['MeshProxyPatch', 'two at a time', modification({ cluster: { operation: 'Remove' }, listener: { operation: 'Remove' } }), [`${M}: exactly one modification can be defined at a time. Currently, 2 modifications are defined`]],
  ['MeshProxyPatch', 'an unknown operation', modification({ cluster: { operation: 'AddFirst' } }), [`${M}.cluster.operation: invalid operation. Available operations: "Add", "Remove", "Patch"`]],
  ['MeshProxyPatch', 'an unnamed filter, changed twice', modification({ httpFilter: { operation: 'Patch', value: 'a: 1', jsonPatches: [] } }), [`${M}.httpFilter.match.name: must be defined`, `${M}.httpFilter: must have only one type defined: value, jsonPatches`]],
  ['MeshProxyPatch', 'a value that is no Envoy resource', modification({ cluster: { operation: 'Add', value: 'nmae: a' } }), [`${M}.cluster.value: native Envoy resource is not valid: cannot decode message envoy.config.cluster.v3.Cluster from JSON: key "nmae" is unknown`]],
  ['MeshProxyPatch', 'JSON patches that cannot be', modification({ cluster: { operation: 'Patch', jsonPatches: [{ op: 'add', path: 'name', value: 'a' }, { op: 'replace', path: '/name' }, { op: 'move', path: '/name', from: '/a~b' }] } }), [
    `${M}.cluster.jsonPatches[0].path: must be a JSON pointer: it begins with "/"`,
    `${M}.cluster.jsonPatches[1].value: must be defined with op replace`,
    `${M}.cluster.jsonPatches[2].from: must be a JSON pointer with op move`,
  ]],
  ['MeshProxyPatch', 'content to remove', modification({ listener: { operation: 'Remove', value: 'a: 1' } }), [`${M}.listener.value: must not be defined`]],
];

function typeOf(name: string): ResourceType {
  const type = weftRegistry.byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

describe('semantic rules of policies', () => {
  it.each(CASES)('%s: %s', (name, _, spec, expected) => expect(violationsOf(typeOf(name), spec)).toEqual(expected));
});
