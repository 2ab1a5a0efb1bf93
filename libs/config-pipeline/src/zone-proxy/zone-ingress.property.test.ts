import type { ProxyKey } from '@weft/proxy-view';
import { keyOf, resourceId, type Change, type Resource } from '@weft/resource-model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, dataplane, policy, resource, step } from '../testing.ts';

const MESHES = ['default', 'shop'];
const WEB: ProxyKey = { mesh: 'default', name: 'web' };
const PROXIES: readonly ProxyKey[] = [WEB, { mesh: '', name: 'in-1', type: 'ZoneIngress' }, { mesh: '', name: 'in-2', type: 'ZoneIngress' }, { mesh: 'default', name: 'gate' }];
const mesh = fc.constantFrom(...MESHES);
const service = fc.constantFrom('web', 'api');

const anyMesh = fc.tuple(mesh, fc.constantFrom('Disabled', 'Everywhere', 'Exclusive', 'Exclusive'), fc.constantFrom(true, true, false)).map(([name, mode, secured]) =>
  resource('Mesh', name, { meshServices: { mode }, ...(secured && { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }) }, { mesh: '' }));
const anyDataplane = fc.tuple(mesh, fc.constantFrom('a', 'b', 'c'), service, fc.boolean(), fc.constantFrom({}, { version: 'v1' }, { version: 'v2' })).map(([owner, name, offered, ready, tags]) =>
  ({ ...dataplane({ name, address: `10.0.0.${name.charCodeAt(0)}`, service: offered, ready, tags }), mesh: owner }));
const anyGate = fc.tuple(fc.constantFrom('Ready', 'NotReady'), fc.constantFrom('ZoneIngress', 'ZoneEgress')).map(([state, type]) => resource('Dataplane', 'gate', { networking: { address: '10.0.0.4', listeners: [{ type, name: 'in', port: 10_001, state }] } }, { labels: { 'kuma.io/workload': 'gate' } }));
const anyExternal = fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom('10.9.0.1', '10.9.0.2'), fc.constantFrom('http', 'tcp')).map(([name, address, protocol]) => resource('MeshExternalService', name, { match: { type: 'HostnameGenerator', port: 80, protocol }, endpoints: [{ address, port: 80 }] }));
const anyIdentity = fc.constantFrom(resource('MeshTrust', 'id', { trustDomain: 'one.test', caBundles: [] }), resource('TrustBundle', 'identity.id', { backend: 'identity.id', generation: 1, caPem: [] }));
const anyPermission = fc.constantFrom('Mesh', 'Dataplane').map((kind) => policy('MeshTrafficPermission', 'all', { targetRef: { kind }, from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] }));
const anyLimit = fc.constantFrom(1, 2).map((maxRequests) => policy('MeshCircuitBreaker', 'few', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshExternalService', name: 'x' }, default: { connectionLimits: { maxRequests } } }] }));
const anyMeshService = fc.tuple(mesh, service, fc.constantFrom('east', 'west'), fc.constantFrom(80, 81)).map(([owner, name, zone, port]) =>
  resource('MeshService', `${name}-${zone}`, { selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: [{ port, targetPort: 8080 }] }, { mesh: owner, labels: { 'kuma.io/zone': zone, 'kuma.io/display-name': name, 'kuma.io/origin': zone === 'east' ? 'zone' : 'global' } }));
const anyMultiZone = fc.tuple(mesh, service, fc.constantFrom(80, 81)).map(([owner, name, port]) => resource('MeshMultiZoneService', 'all', { selector: { meshService: { matchLabels: { 'kuma.io/display-name': name } } }, ports: [{ port }] }, { mesh: owner }));
const anyRoute = fc.tuple(service, fc.constantFrom('v1', 'v2')).map(([name, version]) => policy('MeshTCPRoute', 'split', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name }, rules: [{ default: { backendRefs: [{ kind: 'MeshServiceSubset', name, tags: { version } }] } }] }] }));
const anyIngress = fc.tuple(fc.constantFrom('in-1', 'in-2'), fc.constantFrom(10_001, 10_002)).map(([name, port]) => resource('ZoneIngress', name, { zone: 'east', networking: { address: '10.0.0.4', port } }, { mesh: '' }));
const anyResource = fc.oneof({ weight: 4, arbitrary: anyDataplane }, { weight: 3, arbitrary: anyMeshService }, { weight: 3, arbitrary: anyMesh }, anyMultiZone, anyRoute, anyIngress, { weight: 2, arbitrary: anyGate }, { weight: 2, arbitrary: anyExternal }, anyIdentity, anyPermission, anyLimit);
const anyStep = fc.record({ resource: anyResource, remove: fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0), steps: fc.integer({ min: 0, max: 10 }) });

const START: readonly Resource[] = [
  resource('Dataplane', WEB.name, { networking: { address: '10.0.0.5', outbound: ['x', 'y'].map((name, at) => ({ port: 9_000 + at, backendRef: { kind: 'MeshExternalService', name, port: 80 } })) } }, { labels: { 'kuma.io/workload': 'web' } }),
  resource('MeshIdentity', 'id', { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'one.test' }, provider: { type: 'Bundled' } }),
  resource('MeshTrust', 'id', { trustDomain: 'one.test', caBundles: [] }), resource('TrustBundle', 'identity.id', { backend: 'identity.id', generation: 1, caPem: [] }),
  resource('ZoneIngress', 'in-1', { zone: 'east', networking: { address: '10.0.0.4', port: 10_001 } }, { mesh: '' }), ...MESHES.map((name) => resource('Mesh', name, { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }, { mesh: '' }))];

function engineOf(resources: Iterable<Resource>): ConfigEngine {
  const engine = createConfigEngine({ zone: 'east' });
  engine.load(resources);
  for (const key of PROXIES) engine.connect(client(key.name, [], { key }));
  return engine;
}

const settle = (engine: ConfigEngine): void => {
  while (step(engine) !== undefined);
};

/** What each proxy has, as text. */
function state(engine: ConfigEngine): unknown {
  return PROXIES.map((key) => {
    const config = engine.config(key);
    return config && [Object.values(config.snapshot).map((resources) => [...resources.values()].map(({ name, version }) => `${name}@${version}`).sort()), config.problems.length];
  });
}

it('an engine that follows changes gives zone proxies what a new engine gives them, whenever it takes its steps', () => {
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 25 }), (steps) => {
    const following = engineOf(START);
    const present = new Map(START.map((one) => [resourceId(one), one] as const));
    let version = 2;
    for (const { resource: written, remove, steps: taken } of steps) {
      const change: Change = remove ? { op: 'delete', key: keyOf(written) } : { op: 'put', resource: { ...written, version: version++ } };
      if (change.op === 'put') present.set(resourceId(written), change.resource);
      else present.delete(resourceId(written));
      following.apply([change]);
      for (let n = 0; n < taken; n++) step(following);
    }
    settle(following);
    const fresh = engineOf(present.values());
    settle(fresh);
    expect(state(following)).toEqual(state(fresh));
  }), { numRuns: 150 });
});
