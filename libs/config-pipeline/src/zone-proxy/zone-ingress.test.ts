import { readFileSync } from 'node:fs';
import { fromJson, toJson, type DescMessage, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, dataplane, drain, policy, readEndpoints, readPassages, readResource, resource } from '../testing.ts';

const GATE: ProxyKey = { mesh: '', name: 'ingress-1', type: 'ZoneIngress' };
const LISTENER = 'inbound:10.0.0.4:10001';
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };
const zoneIngress = resource('ZoneIngress', 'ingress-1', { zone: 'east', networking: { address: '10.0.0.4', port: 10001 } }, { mesh: '' });
const meshOf = (name: string, mode: string, spec: object = { mtls: MTLS }): Resource => resource('Mesh', name, { meshServices: { mode }, ...spec }, { mesh: '' });
const service = (name: string, mesh = 'default', labels: Readonly<Record<string, string>> = { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' }): Resource =>
  resource('MeshService', name, { selector: { dataplaneTags: { 'kuma.io/service': name } }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] }, { mesh, labels });
const at = (name: string, address: string, tags: Readonly<Record<string, string>> = {}): Resource => dataplane({ name, address, service: 'web', tags });

function start(resources: readonly Resource[], features: readonly string[] = []): ConfigEngine {
  const engine = createConfigEngine({ zone: 'east' });
  engine.load(resources);
  engine.connect(client('ingress-1', features, { key: GATE }));
  drain(engine);
  return engine;
}

const names = (engine: ConfigEngine, type: 'cds' | 'eds' | 'lds'): string[] => [...(engine.config(GATE)?.snapshot[type].keys() ?? [])].sort();

describe('a recorded ZoneIngress', () => {
  const folder = new URL('../../testdata/zone-ingress/', import.meta.url);
  const input = parseAllDocuments(readFileSync(new URL('input.yaml', folder), 'utf8')).map((document): Resource => {
    const { type, name, mesh = '', labels = {}, spec, ...rest } = document.toJS() as { type: string; name: string; mesh?: string; labels?: Record<string, string>; spec?: unknown };
    return resource(type, name, spec ?? rest, { mesh, labels });
  });
  const recorded = JSON.parse(readFileSync(new URL('recorded.json', folder), 'utf8')) as { readonly listeners: JsonValue[]; readonly clusters: JsonValue[]; readonly endpoints: readonly { cluster_name: string; endpoints?: readonly { lb_endpoints: readonly unknown[] }[] }[] };
  const engine = createConfigEngine({ zone: 'zone-1' });
  engine.load(input);
  engine.connect(client('ingress-1', ['feature-reuse-port'], { key: GATE }));
  drain(engine);
  const same = (schema: DescMessage, json: JsonValue): JsonValue => {
    const { '@type': _type, ...content } = json as JsonObject;
    return toJson(schema, fromJson(schema, content, { registry: envoyRegistry }), { registry: envoyRegistry });
  };

  it('has the listener that Kuma 2.14 sent', () => {
    expect(readResource(engine, GATE, { type: 'lds', name: LISTENER })).toEqual(same(ListenerSchema, recorded.listeners[0] ?? null));
  });

  it('has its clusters, without limits that nobody set', () => {
    for (const cluster of recorded.clusters) {
      const expected = same(ClusterSchema, cluster) as JsonObject;
      expect(readResource(engine, GATE, { type: 'cds', name: (cluster as { name: string }).name })).toEqual({ ...expected, circuitBreakers: expect.anything() });
    }
    expect(names(engine, 'cds')).toEqual([...recorded.clusters.map((cluster) => (cluster as { name: string }).name), 'kuma:envoy:admin', 'kuma:readiness'].sort());
  });

  it('leads to the endpoints of its own zone', () => {
    for (const { cluster_name: name, endpoints = [] } of recorded.endpoints) expect(readEndpoints(engine, GATE, name)).toHaveLength(endpoints.flatMap(({ lb_endpoints: list }) => list).length);
    expect(readEndpoints(engine, GATE, 'default_backend__zone-1_msvc_8080')).toEqual(['10.0.0.1:8080']);
    expect(engine.config(GATE)).toMatchObject({ problems: [], secrets: [{ kind: 'admin', mesh: '', proxy: 'ingress-1', type: 'ZoneIngress' }, { kind: 'admin-clients' }] });
  });
});

describe('what a ZoneIngress offers', () => {
  it('services by tag, with the subsets that routes mean, to the endpoints that have the tags', () => {
    const split = policy('MeshHTTPRoute', 'split', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'web' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [
      { kind: 'MeshServiceSubset', name: 'web', tags: { version: 'v1' }, weight: 1 }, { kind: 'MeshServiceSubset', name: 'web', tags: { version: 'V2', 'kuma.io/protocol': 'http' }, weight: 1 },
    ] } }] }] });
    const engine = start([zoneIngress, meshOf('default', 'Disabled'), at('web-1', '10.0.0.1', { version: 'v1' }), at('web-2', '10.0.0.2', { version: 'V2' }), split]);
    expect(readPassages(engine, GATE, LISTENER)).toEqual([
      'web{mesh=default} -> default:web',
      'web{mesh=default,version=v1} -> default:web[version=v1]',
      'web{kuma.io/protocol=http,mesh=default,version=v2} -> default:web[version=V2]',
    ]);
    expect(readResource(engine, GATE, { type: 'cds', name: 'default:web' })).toMatchObject({ altStatName: 'default_web', lbSubsetConfig: { fallbackPolicy: 'ANY_ENDPOINT', subsetSelectors: [{ keys: ['version'], fallbackPolicy: 'NO_FALLBACK' }] } });
    engine.apply([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'web-2' } }]);
    drain(engine);
    // With one endpoint left the tag tells nothing apart.
    expect(readPassages(engine, GATE, LISTENER)).toEqual(['web{mesh=default} -> default:web', 'web{mesh=default,version=v1} -> default:web', 'web{kuma.io/protocol=http,mesh=default,version=v2} -> default:web[version=V2]']);
    engine.apply([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'web-1' } }]);
    drain(engine);
    expect(readPassages(engine, GATE, LISTENER)).toEqual(['* -> nothing']);
  });

  it('the subsets of TrafficRoutes and VirtualOutbounds', () => {
    const engine = start([zoneIngress, meshOf('default', 'Disabled'), at('web-1', '10.0.0.1', { version: 'v1' }), at('web-2', '10.0.0.2', { version: 'v2' })]);
    const selector = [{ match: { 'kuma.io/service': '*' } }];
    engine.apply([{ op: 'put', resource: resource('TrafficRoute', 'old', { sources: selector, destinations: selector, conf: { http: [{ match: { path: { prefix: '/' } }, split: [{ weight: 1, destination: { 'kuma.io/service': 'web', version: 'v1' } }] }], destination: { 'kuma.io/service': 'web' } } }) }]);
    drain(engine);
    expect(readPassages(engine, GATE, LISTENER)).toEqual(['web{mesh=default} -> default:web', 'web{mesh=default,version=v1} -> default:web[version=v1]']);
    engine.apply([{ op: 'put', resource: resource('VirtualOutbound', 'by-version', { selectors: [{ match: {} }], conf: { host: '{{.version}}.web.test', port: '80', parameters: [{ name: 'service', tagKey: 'kuma.io/service' }, { name: 'version' }] } }) }]);
    drain(engine);
    expect(readPassages(engine, GATE, LISTENER)).toEqual(['web{mesh=default} -> default:web', 'web{mesh=default,version=v1} -> default:web[version=v1]', 'web{mesh=default,version=v2} -> default:web[version=v2]']);
  });

  it('services of several meshes, of those with certificates', () => {
    const engine = start([
      zoneIngress, meshOf('default', 'Exclusive'), meshOf('shop', 'Everywhere'), meshOf('plain', 'Everywhere', {}),
      service('web'), service('web', 'shop'), service('web', 'plain'), ...['shop', 'plain'].map((mesh) => ({ ...at('web-1', '10.1.0.1'), mesh })), at('web-1', '10.0.0.1'),
    ]);
    expect(readPassages(engine, GATE, LISTENER).map((way) => way.split(' -> ')[1])).toEqual(['default_web__east_msvc_80', 'shop:web', 'shop_web__east_msvc_80']);
    expect(readEndpoints(engine, GATE, 'shop:web')).toEqual(['10.1.0.1:8080']);
    expect(readEndpoints(engine, GATE, 'default_web__east_msvc_80')).toEqual(['10.0.0.1:8080']);
  });

  it('nothing of other zones, and says who it is while there is nothing', () => {
    const engine = start([zoneIngress, meshOf('default', 'Exclusive'), service('web', 'default', { 'kuma.io/origin': 'global', 'kuma.io/zone': 'west' })]);
    expect(readPassages(engine, GATE, LISTENER)).toEqual(['* -> nothing']);
    expect(JSON.stringify(readResource(engine, GATE, { type: 'lds', name: LISTENER }))).toContain('{\\"proxy\\":\\".ingress-1\\",\\"zone\\":\\"east\\"}');
    engine.apply([{ op: 'put', resource: service('api') }]);
    expect(drain(engine)).toHaveLength(1);
    expect(readPassages(engine, GATE, LISTENER)).toHaveLength(1);
    engine.apply([{ op: 'delete', key: { type: 'ZoneIngress', mesh: '', name: 'ingress-1' } }]);
    drain(engine);
    expect(engine.config(GATE)).toBeUndefined();
  });

  it('and its statistics, where that is asked for', () => {
    const open = (zoneProxyMetrics: boolean): boolean => {
      const engine = createConfigEngine({ zone: 'east', zoneProxyMetrics });
      engine.load([zoneIngress, meshOf('default', 'Exclusive'), at('web-1', '10.0.0.1')]);
      for (const made of [client('ingress-1', [], { key: GATE }), client('web-1')]) engine.connect(made);
      drain(engine);
      expect(JSON.stringify(readResource(engine, { mesh: 'default', name: 'web-1' }, { type: 'lds', name: 'kuma:envoy:admin' }))).not.toContain('/stats/prometheus');
      return JSON.stringify(readResource(engine, GATE, { type: 'lds', name: 'kuma:envoy:admin' })).includes('/stats/prometheus');
    };
    expect([open(false), open(true)]).toEqual([false, true]);
  });

  it('under contextual names where the agent has them', () => {
    const engine = start([zoneIngress, meshOf('default', 'Exclusive'), service('web')], ['feature-unified-resource-naming']);
    expect(names(engine, 'lds')).toEqual(['self_inbound_zi_10001', 'system_envoy_admin']);
    expect(names(engine, 'eds')).toEqual(['kri_msvc_default_east__web_80']);
  });
});

describe('a change', () => {
  const many = Array.from({ length: 60 }, (_, n) => service(`s${n}`));
  const backends = many.map(({ name }, n) => dataplane({ name: `${name}-1`, address: `10.2.0.${n + 1}`, service: name }));

  it('of an endpoint sends one assignment to every ingress, built once', () => {
    const engine = start([zoneIngress, { ...zoneIngress, name: 'ingress-2' }, meshOf('default', 'Exclusive'), ...many, ...backends]);
    engine.connect(client('ingress-2', [], { key: { ...GATE, name: 'ingress-2' } }));
    drain(engine);
    const before = engine.counters.resourcesBuilt;
    engine.apply([{ op: 'put', resource: dataplane({ name: 's7-2', address: '10.3.0.1', service: 's7' }) }]);
    expect(drain(engine).map(({ proxy, changed }) => [proxy.name, changed])).toEqual(['ingress-1', 'ingress-2'].map((name) => [name, { eds: new Set(['default_s7__east_msvc_80']) }]));
    expect(engine.counters.resourcesBuilt - before).toBe(1);
  });

  it('of one service builds its cluster, its endpoints and the listener, and of a mesh without services nothing', () => {
    const engine = start([zoneIngress, meshOf('default', 'Exclusive'), ...many, ...backends]);
    const before = engine.counters.resourcesBuilt;
    engine.apply([{ op: 'put', resource: service('new') }]);
    expect(drain(engine)).toHaveLength(1);
    expect(engine.counters.resourcesBuilt - before).toBe(3);
    engine.apply([{ op: 'put', resource: meshOf('empty', 'Exclusive') }]);
    expect(drain(engine)).toEqual([]);
  });
});

describe('a listener on a Dataplane', () => {
  const gateway = (state = 'Ready'): Resource => resource('Dataplane', 'gate', { networking: { address: '10.0.0.4', listeners: [{ type: 'ZoneIngress', name: 'ingress', port: 10001, state }] } }, { labels: { 'kuma.io/workload': 'gate' } });
  const key: ProxyKey = { mesh: 'default', name: 'gate' };
  const identity = resource('MeshIdentity', 'id', { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'one.test' }, provider: { type: 'Bundled' } });
  const trust = resource('MeshTrust', 'id', { trustDomain: 'one.test', caBundles: [] });
  const bundle = resource('TrustBundle', 'identity.id', { backend: 'identity.id', generation: 1, caPem: [] });

  function startOn(resources: readonly Resource[]): ConfigEngine {
    const engine = createConfigEngine({ zone: 'east' });
    engine.load(resources);
    engine.connect(client('gate', []));
    drain(engine);
    return engine;
  }

  it('offers the services of its mesh by KRI', () => {
    const engine = startOn([meshOf('default', 'Exclusive', {}), meshOf('shop', 'Exclusive'), identity, trust, bundle, gateway(), service('web'), service('api', 'shop'), at('web-1', '10.0.0.1')]);
    expect(readPassages(engine, key, 'self_zoneingress_dp_ingress')).toEqual(['sni.msvc.default.east.web.80 -> kri_msvc_default_east__web_80']);
    expect(readEndpoints(engine, key, 'kri_msvc_default_east__web_80')).toEqual(['10.0.0.1:8080']);
    engine.apply([{ op: 'put', resource: at('web-2', '10.0.0.2') }]);
    expect(drain(engine).map(({ changed }) => changed)).toEqual([{ eds: new Set(['kri_msvc_default_east__web_80']) }]);
    engine.apply([{ op: 'put', resource: service('more') }]);
    drain(engine);
    expect(readPassages(engine, key, 'self_zoneingress_dp_ingress')).toHaveLength(2);
    engine.apply([{ op: 'put', resource: { ...gateway('NotReady'), version: 2 } }]);
    drain(engine);
    expect(engine.config(key)?.snapshot.lds.has('self_zoneingress_dp_ingress')).toBe(false);
    expect(engine.config(key)?.snapshot.cds.has('kri_msvc_default_east__web_80')).toBe(false);
  });

  it.each([
    ['the mesh has services by tag', [meshOf('default', 'Everywhere'), service('web')]],
    ['there is nothing to offer', [meshOf('default', 'Exclusive')]],
  ])('is left out where %s', (_name, resources) => {
    const engine = startOn([...resources, gateway()]);
    expect([...(engine.config(key)?.snapshot.lds.keys() ?? [])]).toEqual(['kuma:envoy:admin']);
  });
});
