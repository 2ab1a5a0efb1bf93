import { fromBinary } from '@bufbuild/protobuf';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, drain, resource, virtualIp } from './testing.ts';

const LABELS = { 'kuma.io/zone': 'default', 'kuma.io/origin': 'zone', 'kuma.io/env': 'universal' };
const meshIn = (mode: string): Resource => resource('Mesh', 'default', { meshServices: { mode }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }, { mesh: '' });
const service = (name: string, vip: string, more: { readonly spec?: object; readonly labels?: Record<string, string> } = {}): Resource => resource('MeshService', name, {
  selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: [{ name: 'main', port: 80, targetPort: 8080, appProtocol: 'http' }, { name: 'other', port: 81, targetPort: 8081, appProtocol: 'tcp' }],
  identities: [{ type: 'ServiceTag', value: name }], ...more.spec,
}, { labels: { ...LABELS, ...more.labels }, status: { vips: [{ ip: vip }] } });

/** `web` under redirection; two backends, of which one has both ports by name; a VIP of the old kind. */
const backend = (name: string, address: string, more: object = {}): Resource => resource('Dataplane', name, {
  networking: { address, inbound: [{ port: 8080, name: 'http-in', tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' } }, { port: 8081, tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'tcp' } }], ...more },
}, { labels: { ...LABELS, app: name } });
const web = (transparentProxying?: object, networking: object = {}): Resource => resource('Dataplane', 'web', {
  networking: { address: '10.0.0.9', inbound: [{ port: 70, tags: { 'kuma.io/service': 'web' } }], ...networking, ...(transparentProxying && { transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001, ...transparentProxying } }) },
}, { labels: LABELS });

function engineOf(resources: readonly Resource[], features: readonly string[] = []): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([backend('b-1', '10.0.0.1'), backend('b-2', '10.0.0.2'), virtualIp('240.0.0.1', 'backend'), ...resources]);
  engine.connect(client('web', features));
  drain(engine);
  return engine;
}

const snapshotOf = (engine: ConfigEngine) => {
  const config = engine.config({ mesh: 'default', name: 'web' });
  if (config === undefined) throw new Error('no config');
  return config.snapshot;
};
const outbounds = (engine: ConfigEngine): string[] => [...snapshotOf(engine).lds.keys()].filter((name) => /^outbound:2|^kri_|^outbound:127/.test(name)).sort();
const endpoints = (engine: ConfigEngine, cluster: string): string[] => {
  const found = snapshotOf(engine).eds.get(cluster);
  const assignment = found && fromBinary(ClusterLoadAssignmentSchema, found.body);
  return (assignment?.endpoints ?? []).flatMap(({ lbEndpoints }) => lbEndpoints.map(({ hostIdentifier }) => {
    const address = hostIdentifier.case === 'endpoint' ? hostIdentifier.value.address?.address : undefined;
    return address?.case === 'socketAddress' ? `${address.value.address}:${String(address.value.portSpecifier.value)}` : '';
  }));
};
const connectTimeout = (engine: ConfigEngine, cluster: string): bigint | undefined => {
  const found = snapshotOf(engine).cds.get(cluster);
  return found && fromBinary(ClusterSchema, found.body).connectTimeout?.seconds;
};

describe('outbounds by the mode of the mesh', () => {
  const legacy = ['outbound:240.0.0.1:80', 'outbound:240.0.0.1:8080', 'outbound:240.0.0.1:8081'];
  const real = ['outbound:241.0.0.1:80', 'outbound:241.0.0.1:81'];
  const refs = { reachableBackends: { refs: [{ kind: 'MeshService', name: 'backend', port: 81 }] } };

  it.each([
    ['Everywhere', {}, [...legacy, ...real]],
    ['Exclusive', {}, real],
    ['ReachableBackends', {}, legacy],
    ['ReachableBackends', refs, [...legacy, 'outbound:241.0.0.1:81']],
    ['Exclusive', refs, ['outbound:241.0.0.1:81']],
    ['Exclusive', { reachableBackends: {} }, []],
    ['Exclusive', { reachableBackends: { refs: [{ kind: 'MeshService', labels: { team: 'blue' } }] } }, real],
    ['Exclusive', { reachableBackends: { refs: [{ kind: 'MeshService', labels: { team: 'red' } }] } }, []],
    ['Exclusive', { reachableBackends: { refs: [{ kind: 'MeshExternalService', name: 'backend' }] } }, []],
    ['Exclusive', { reachableBackends: { refs: [{ kind: 'MeshService', name: 'backend', namespace: 'elsewhere' }] } }, []],
    // What names reachable services only, knows nothing of the new ones: none of them may grow on it.
    ['Everywhere', { reachableServices: ['backend'] }, legacy],
  ])('%s, %j', (mode, transparentProxying, expected) => {
    expect(outbounds(engineOf([meshIn(mode), web(transparentProxying), service('backend', '241.0.0.1', { labels: { team: 'blue' } })]))).toEqual(expected);
  });

  it('have the names of Kuma 2.14, old and unified', () => {
    const resources = [meshIn('Exclusive'), web({}), service('backend', '241.0.0.1')];
    expect([...snapshotOf(engineOf(resources)).cds.keys()]).toEqual(expect.arrayContaining(['default_backend__default_msvc_80', 'default_backend__default_msvc_81']));
    const unified = engineOf(resources, ['feature-unified-resource-naming']);
    expect(outbounds(unified)).toEqual(['kri_msvc_default_default__backend_main', 'kri_msvc_default_default__backend_other']);
    expect([...snapshotOf(unified).cds.keys()]).toEqual(expect.arrayContaining(['kri_msvc_default_default__backend_main', 'kri_msvc_default_default__backend_other', 'self_inbound_dp_70']));
  });
});

describe('explicit outbounds', () => {
  const to = (backendRef: object) => web(undefined, { outbound: [{ port: 9, backendRef: { kind: 'MeshService', ...backendRef } }] });

  it.each([
    ['by name and port', { name: 'backend', port: 81 }, 'default_backend__default_msvc_81'],
    ['by name: its first port', { name: 'backend' }, 'default_backend__default_msvc_80'],
    ['by labels', { labels: { team: 'blue' }, port: 80 }, 'default_backend__default_msvc_80'],
    ['of a kind that is not served', { kind: 'MeshExternalService', name: 'backend' }, undefined],
    ['of a port that is not there', { name: 'backend', port: 99 }, undefined],
  ])('%s', (_, ref, cluster) => {
    const engine = engineOf([meshIn('Exclusive'), to(ref), service('backend', '241.0.0.1', { labels: { team: 'blue' } })]);
    expect(outbounds(engine)).toEqual(cluster === undefined ? [] : ['outbound:127.0.0.1:9']);
    expect([...snapshotOf(engine).eds.keys()]).toEqual(cluster === undefined ? [] : [cluster]);
  });
});

describe('endpoints', () => {
  const both = ['10.0.0.1:8080', '10.0.0.2:8080'];

  it.each([
    ['tags', { selector: { dataplaneTags: { 'kuma.io/service': 'backend' } } }, both],
    ['labels', { selector: { dataplaneLabels: { matchLabels: { app: 'b-2' } } } }, ['10.0.0.2:8080']],
    ['one Dataplane', { selector: { dataplaneRef: { name: 'b-1' } } }, ['10.0.0.1:8080']],
    ['the name of an inbound', { ports: [{ port: 80, targetPort: 'http-in', appProtocol: 'http' }] }, both],
    ['no target port: the port itself', { ports: [{ port: 8081 }] }, []],
    ['nothing', { selector: undefined }, []],
  ])('are selected by %s', (_, spec, expected) => {
    expect(endpoints(engineOf([meshIn('Exclusive'), web({}), service('backend', '241.0.0.1', { spec })]), 'default_backend__default_msvc_80')).toEqual(expected);
  });

  it('stay what they are while state and counts of the service change', () => {
    const engine = engineOf([meshIn('Exclusive'), web({}), service('backend', '241.0.0.1')]);
    const changed = { ...service('backend', '241.0.0.1', { spec: { state: 'Available' } }), version: 2, status: { vips: [{ ip: '241.0.0.1' }], dataplaneProxies: { total: 2 } } };
    engine.apply([{ op: 'put', resource: changed }]);
    expect(drain(engine)).toEqual([]);
  });
});

describe('policies', () => {
  // A name means a service of the policy's own zone.
  const policyHere = (type: string, name: string, spec: object): Resource => resource(type, name, spec, { labels: LABELS });
  const timeout = (name: string, targetRef: object, seconds: number): Resource => policyHere('MeshTimeout', name, { to: [{ targetRef: { kind: 'MeshService', ...targetRef }, default: { connectionTimeout: `${seconds}s` } }] });

  it.each([
    ['name', { name: 'backend' }, [7n, 7n]],
    ['name and port by name', { name: 'backend', sectionName: 'other' }, [5n, 7n]],
    ['name and port by number', { name: 'backend', sectionName: '81' }, [5n, 7n]],
    ['labels', { labels: { team: 'blue' } }, [7n, 7n]],
    ['labels of others', { labels: { team: 'red' } }, [5n, 5n]],
  ])('find a MeshService by %s', (_, targetRef, expected) => {
    const engine = engineOf([meshIn('Exclusive'), web({}), service('backend', '241.0.0.1', { labels: { team: 'blue' } }), timeout('t', targetRef, 7)]);
    expect(['default_backend__default_msvc_80', 'default_backend__default_msvc_81'].map((cluster) => connectTimeout(engine, cluster))).toEqual(expected);
  });

  it('split what goes to one MeshService over others', () => {
    const route = policyHere('MeshHTTPRoute', 'r', { to: [{ targetRef: { kind: 'MeshService', name: 'backend', sectionName: 'main' }, rules: [{
      matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [{ kind: 'MeshService', name: 'canary', port: 80, weight: 1 }] },
    }] }] });
    const canary = service('canary', '241.0.0.2', { spec: { selector: { dataplaneRef: { name: 'b-2' } } } });
    const engine = engineOf([meshIn('Exclusive'), web({ reachableBackends: { refs: [{ kind: 'MeshService', name: 'backend', port: 80 }] } }), service('backend', '241.0.0.1'), canary, route]);
    expect(outbounds(engine)).toEqual(['outbound:241.0.0.1:80']);
    expect(endpoints(engine, 'default_canary__default_msvc_80')).toEqual(['10.0.0.2:8080']);
  });
});

it('a mirror goes to the port of the MeshService that it names, and to the service by tag where it names no port', () => {
  const mirror = (backendRef: object): string | undefined => {
    const filters = [{ type: 'RequestMirror', requestMirror: { backendRef: { kind: 'MeshService', name: 'backend', ...backendRef } } }];
    const route = resource('MeshHTTPRoute', 'copied', { to: [{ targetRef: { kind: 'MeshService', name: 'shadowed' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { filters } }] }] }, { labels: LABELS });
    const engine = engineOf([meshIn('Everywhere'), service('backend', '241.0.0.1'), service('shadowed', '241.0.0.2'), route, web({})]);
    const routes = [...snapshotOf(engine).rds.values()].flatMap(({ body }) => fromBinary(RouteConfigurationSchema, body).virtualHosts.flatMap((host) => host.routes));
    return routes.flatMap(({ action }) => (action.case === 'route' ? action.value.requestMirrorPolicies : []))[0]?.cluster;
  };
  expect(mirror({ port: 80 })).toMatch(/^default_backend_.*msvc_80$/);
  expect(mirror({})).toMatch(/^backend/);
});
