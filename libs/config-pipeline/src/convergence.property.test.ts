import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, resourceId, type Change, type Resource } from '@weft/resource-model';
import { createConfigEngine } from './create-config-engine.ts';
import type { ConfigEngine } from './config-engine.ts';
import { client, dataplane, drain, mesh, policy, resource, step, virtualIp } from './testing.ts';

const PROXIES = ['a', 'b', 'c', 'd'];
const SERVICES = ['web', 'api', 'db'];
const service = fc.constantFrom(...SERVICES);

const anyDataplane = fc.record({
  labels: fc.constantFrom<Record<string, string>>({}, { 'kuma.io/workload': 'w1' }, { 'kuma.io/workload': 'w2', app: 'x' }),
  name: fc.constantFrom(...PROXIES, 'extra-1', 'extra-2'), service, protocol: fc.constantFrom('http', 'tcp', 'grpc'), ready: fc.boolean(), redirected: fc.boolean(),
  port: fc.constantFrom(8080, 9090), tags: fc.constantFrom({}, { version: 'v1' }, { version: 'v2' }), outbounds: fc.uniqueArray(fc.record({ port: fc.constantFrom(1, 2, 3), service }), { selector: ({ port }) => port, maxLength: 2 }),
}).map((sketch) => dataplane({ ...sketch, address: `10.0.0.${sketch.name.charCodeAt(0) % 50}${sketch.name.length}` }));

const target = fc.oneof(fc.constant({ kind: 'Mesh' }), service.map((name) => ({ kind: 'MeshSubset', tags: { 'kuma.io/service': name } })), fc.constant({ kind: 'Dataplane', labels: {} }));
const to = fc.oneof(fc.constant({ kind: 'Mesh' }), service.map((name) => ({ kind: 'MeshService', name })), service.map((name) => ({ kind: 'MeshService', name, sectionName: '80' })));
const policyName = fc.constantFrom('p1', 'p2');
const anyTimeout = fc.tuple(policyName, target, to, fc.integer({ min: 1, max: 3 })).map(([name, targetRef, toRef, seconds]) =>
  policy('MeshTimeout', name, { targetRef, to: [{ targetRef: toRef, default: { http: { requestTimeout: `${seconds}s` } } }] }));
const anyPermission = fc.tuple(policyName, target, service).map(([name, targetRef, from]) =>
  policy('MeshTrafficPermission', name, { targetRef, from: [{ targetRef: { kind: 'MeshService', name: from }, default: { action: 'Allow' } }] }));
const anyRoute = fc.tuple(policyName, target, service, service, fc.boolean()).map(([name, targetRef, about, backend, real]) =>
  policy('MeshHTTPRoute', name, { targetRef, to: [{ targetRef: { kind: 'MeshService', name: about }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: `/${backend}` } }],
    default: { backendRefs: [real ? { kind: 'MeshService', name: backend, port: 80 } : { kind: 'MeshServiceSubset', name: backend, tags: { version: 'v1' } }, { kind: 'MeshService', name: about }] } }] }] }));
const anyTcpRoute = fc.tuple(policyName, target, service, service, fc.boolean()).map(([name, targetRef, about, backend, real]) =>
  policy('MeshTCPRoute', name, { targetRef, to: [{ targetRef: { kind: 'MeshService', name: about }, rules: [{ default: { backendRefs: [{ kind: 'MeshService', name: backend, weight: 3, ...(real && { port: 80 }) }, { kind: 'MeshServiceSubset', name: about, tags: { version: 'v1' } }] } }] }] }));
const anyFault = fc.tuple(policyName, target, fc.option(service, { nil: undefined }), fc.boolean()).map(([name, targetRef, from, rules]) => {
  const conf = { http: [{ abort: { httpStatus: 503, percentage: 1 } }] };
  const caller = from === undefined ? { kind: 'Mesh' } : { kind: 'MeshSubset', tags: { 'kuma.io/service': from } };
  return policy('MeshFaultInjection', name, { targetRef, ...(rules ? { rules: [{ default: conf }] } : { from: [{ targetRef: caller, default: conf }] }) });
});
const anyLimitOrCheck = fc.tuple(policyName, target, to, fc.boolean()).map(([name, targetRef, about, limit]) => (limit
  ? policy('MeshRateLimit', name, { targetRef, rules: [{ default: { local: { http: { requestRate: { num: 1, interval: '1s' } } } } }] })
  : policy('MeshHealthCheck', name, { targetRef, to: [{ targetRef: about, default: { http: {} } }] })));
const anyBalancing = fc.tuple(policyName, target, to, fc.boolean()).map(([name, targetRef, about, near]) =>
  policy('MeshLoadBalancingStrategy', name, { targetRef, to: [{ targetRef: about, default: near ? { localityAwareness: { localZone: { affinityTags: [{ key: 'version' }] } } } : { loadBalancer: { type: 'Random' } } }] }));
const anyWhole = fc.tuple(policyName, target, fc.constantFrom<readonly [string, object]>(
  ['MeshPassthrough', { passthroughMode: 'None' }], ['MeshPassthrough', { appendMatch: [{ type: 'IP', value: '10.9.9.9', port: 443 }] }],
  ['MeshProxyPatch', { appendModifications: [{ cluster: { operation: 'Patch', value: 'connect_timeout: 9s' } }] }], ['MeshProxyPatch', { appendModifications: [{ cluster: { operation: 'Remove', match: { name: 'api' } } }, { cluster: { operation: 'Add', value: 'name: added\ntype: STATIC' } }] }],
)).map(([name, targetRef, [type, conf]]) => policy(type, name, { targetRef, default: conf }));
const selector = fc.oneof(service, fc.constant('*')).map((name) => [{ match: { 'kuma.io/service': name } }]);
const anyLegacy = fc.tuple(policyName, selector, selector, fc.constantFrom<readonly [string, object]>(
  ['Timeout', { connectTimeout: '7s' }], ['TrafficPermission', {}], ['FaultInjection', { abort: { percentage: 1, httpStatus: 500 } }], ['RateLimit', { http: { requests: 1, interval: '1s' } }],
  ['TrafficRoute', { destination: { 'kuma.io/service': 'api', version: 'v1' } }],
)).map(([name, sources, destinations, [type, conf]]) => resource(type, name, { sources, destinations, conf }));
const anyMeshService = fc.tuple(service, fc.boolean(), fc.constantFrom('http', 'tcp')).map(([name, vip, appProtocol]) =>
  resource('MeshService', name, { selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: [{ port: 80, targetPort: 8080, appProtocol }] }, { status: vip ? { vips: [{ ip: `241.0.0.${SERVICES.indexOf(name)}` }] } : {} }));
const anyVip = service.map((name) => virtualIp(`240.0.0.${SERVICES.indexOf(name)}`, name));
const anyVirtual = fc.oneof(
  fc.tuple(policyName, fc.constantFrom('{{.service}}.test', '{{.version}}.test', 'web.mesh')).map(([name, host]) =>
    resource('VirtualOutbound', name, { selectors: [{ match: {} }], conf: { host, port: '80', parameters: [{ name: 'service', tagKey: 'kuma.io/service' }, { name: 'version' }] } })),
  fc.constantFrom('web.test', 'v1.test').map((hostname) => resource('VirtualIp', `240.0.1.${hostname.length}`, { hostname }, { mesh: '' })),
);
const anyMesh = fc.constantFrom(mesh(), mesh('STRICT'), mesh('PERMISSIVE'));
const identityName = fc.constantFrom('i1', 'i2');
const domain = fc.constantFrom('one.test', 'two.test');
const anyIdentity = fc.oneof(
  fc.tuple(identityName, domain, fc.constantFrom({}, { 'kuma.io/workload': 'w1' }, { app: 'x' }, undefined), fc.constantFrom('/fixed', undefined)).map(([name, trustDomain, matchLabels, path]) =>
    resource('MeshIdentity', name, { ...(matchLabels !== undefined && { selector: { dataplane: { matchLabels } } }), spiffeID: { trustDomain, ...(path !== undefined && { path }) }, provider: { type: 'Bundled' } })),
  identityName.map((name) => resource('TrustBundle', `identity.${name}`, { backend: `identity.${name}`, generation: 1, caPem: [] })),
  domain.map((trustDomain) => resource('MeshTrust', trustDomain, { trustDomain, caBundles: [] })),
);
const anyResource = fc.oneof({ weight: 4, arbitrary: anyDataplane }, anyTimeout, anyPermission, anyRoute, anyTcpRoute, anyFault, anyLimitOrCheck, anyBalancing, anyWhole, anyLegacy, anyMeshService, anyVip, anyVirtual, anyMesh, { weight: 3, arbitrary: anyIdentity });

const anyStep = fc.record({ resource: anyResource, remove: fc.integer({ max: 4, min: 0 }).map((dice) => dice === 0), steps: fc.integer({ min: 0, max: 30 }) });

/** Gives each write the version that a store would. */
function changesOf(steps: readonly { readonly resource: Resource; readonly remove: boolean }[]): Change[] {
  let version = 2;
  return steps.map(({ resource: written, remove }): Change => (remove ? { op: 'delete', key: keyOf(written) } : { op: 'put', resource: { ...written, version: version++ } }));
}

/** What every proxy has, as text. */
function state(engine: ConfigEngine): unknown {
  return PROXIES.map((name): unknown[] => {
    const config = engine.config({ mesh: 'default', name });
    if (config === undefined) return [name, 'none'];
    const { snapshot, secrets, problems } = config;
    const versions = Object.entries(snapshot).map(([type, resources]) => [type, [...resources.values()].map((resource) => `${resource.name}@${resource.version}`).sort()]);
    return [name, Object.fromEntries(versions), secrets, problems.map(({ resource: id }) => id).sort()];
  });
}

describe('an engine that follows changes', () => {
  it('ends where a new engine starts, whenever it takes its steps', () => {
    fc.assert(fc.property(fc.array(anyStep, { maxLength: 25 }), (steps) => {
      const following = createConfigEngine();
      const final = new Map<string, Resource>([[resourceId(mesh()), mesh()]]);
      following.load([mesh()]);
      for (const name of PROXIES) following.connect(client(name));
      changesOf(steps).forEach((change, index) => {
        following.apply([change]);
        if (change.op === 'put') final.set(resourceId(change.resource), change.resource);
        else if (change.op === 'delete') final.delete(resourceId(change.key));
        for (let left = steps[index]?.steps ?? 0; left > 0 && step(following) !== undefined; left--);
      });
      drain(following);
      const fresh = createConfigEngine();
      fresh.load(final.values());
      for (const name of PROXIES) fresh.connect(client(name));
      drain(fresh);
      expect(state(following)).toEqual(state(fresh));
    }), { numRuns: 150 });
  });

  it('says what changed: replaying the updates gives the snapshot', () => {
    fc.assert(fc.property(fc.array(anyStep, { maxLength: 15 }), (steps) => {
      const engine = createConfigEngine();
      const held = new Map<string, Map<string, string>>(PROXIES.map((name) => [name, new Map()]));
      engine.load([mesh()]);
      for (const name of PROXIES) engine.connect(client(name));
      for (const change of changesOf(steps)) {
        engine.apply([change]);
        for (const { proxy, config, changed } of drain(engine)) {
          for (const [type, names] of Object.entries(changed)) {
            for (const name of names) {
              const now = config?.snapshot[type as 'cds'].get(name);
              if (now === undefined) held.get(proxy.name)?.delete(`${type} ${name}`);
              else held.get(proxy.name)?.set(`${type} ${name}`, now.version);
            }
          }
        }
      }
      for (const name of PROXIES) {
        const snapshot = Object.entries(engine.config({ mesh: 'default', name })?.snapshot ?? {}).flatMap(([type, resources]) => [...resources.values()].map((resource) => [`${type} ${resource.name}`, resource.version]));
        expect(Object.fromEntries(held.get(name) ?? [])).toEqual(Object.fromEntries(snapshot));
      }
    }), { numRuns: 100 });
  });
});
