import { fromBinary } from '@bufbuild/protobuf';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { describe, expect, it } from 'vitest';
import type { Resource } from '@weft/resource-model';
import { createConfigEngine, type ConfigEngineOptions } from './create-config-engine.ts';
import type { GroupGenerator } from './generator.ts';
import { GENERATORS } from './plugins.ts';
import { client, dataplane, drain, mesh, policy, resource, virtualIp } from './testing.ts';

const web = (version = 1, service = 'api') => dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', outbounds: [{ port: 20001, service }], version });
const api = (name: string, address: string, more: Partial<Parameters<typeof dataplane>[0]> = {}) => dataplane({ name, address, service: 'api', ...more });
const WEB = { mesh: 'default', name: 'web-1' };

function started(resources: readonly Resource[], options: ConfigEngineOptions = {}) {
  const engine = createConfigEngine(options);
  engine.load(resources);
  engine.connect(client('web-1'));
  drain(engine);
  const addresses = (cluster: string): (string | undefined)[] => {
    const assignment = engine.config(WEB)?.snapshot.eds.get(cluster);
    const endpoints = assignment === undefined ? [] : fromBinary(ClusterLoadAssignmentSchema, assignment.body).endpoints.flatMap(({ lbEndpoints }) => lbEndpoints);
    return endpoints.map(({ hostIdentifier }) => (hostIdentifier.case === 'endpoint' && hostIdentifier.value.address?.address.case === 'socketAddress' ? hostIdentifier.value.address.address.value.address : undefined));
  };
  const usesTls = (cluster: string): boolean => {
    const found = engine.config(WEB)?.snapshot.cds.get(cluster);
    return found !== undefined && fromBinary(ClusterSchema, found.body).transportSocket !== undefined;
  };
  return { engine, addresses, usesTls };
}

describe('endpoints', () => {
  it('are the inbounds that are ready', () => {
    const { engine, addresses } = started([mesh(), web(), api('a', '10.0.0.2'), api('b', '10.0.0.3', { ready: false })]);
    expect(addresses('api')).toEqual(['10.0.0.2']);
    engine.apply([{ op: 'put', resource: api('b', '10.0.0.3', { version: 2 }) }, { op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'a' } }]);
    expect(drain(engine).map(({ changed }) => changed)).toEqual([{ eds: new Set(['api']) }]);
    expect(addresses('api')).toEqual(['10.0.0.3']);
  });

  it('of a subset carry its tags', () => {
    const route = policy('MeshHTTPRoute', 'r', { to: [{ targetRef: { kind: 'MeshService', name: 'api' }, rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: { backendRefs: [{ kind: 'MeshServiceSubset', name: 'api', tags: { version: 'v2' } }] } }] }] });
    const { engine, addresses } = started([mesh(), web(), api('a', '10.0.0.2', { tags: { version: 'v1' } }), api('b', '10.0.0.3', { tags: { version: 'v2' } }), route]);
    const [cluster = ''] = [...(engine.config(WEB)?.snapshot.eds.keys() ?? [])];
    expect(cluster).toMatch(/^api-[0-9a-f]{16}$/);
    expect(addresses(cluster)).toEqual(['10.0.0.3']);
  });
});

describe('a proxy', () => {
  it('without a Dataplane or a mesh has no config, gets one once both exist, and loses it with them', () => {
    const { engine } = started([]);
    expect(engine.config(WEB)).toBeUndefined();
    engine.apply([{ op: 'put', resource: web() }]);
    expect(drain(engine)).toEqual([]);
    engine.apply([{ op: 'put', resource: mesh() }]);
    expect(drain(engine)).toHaveLength(1);
    engine.apply([{ op: 'delete', key: { type: 'Dataplane', ...WEB } }]);
    const [gone] = drain(engine);
    expect(gone?.config).toBeUndefined();
    expect([...(gone?.changed.lds ?? [])]).toContain('outbound:127.0.0.1:20001');
    expect(engine.next()).toBeUndefined();
  });

  it('hears of its own outbounds only', () => {
    const { engine } = started([mesh(), web(), api('a', '10.0.0.2'), dataplane({ name: 'db', address: '10.0.0.9', service: 'db', protocol: 'tcp' })]);
    engine.apply([{ op: 'put', resource: dataplane({ name: 'db-2', address: '10.0.0.10', service: 'db', protocol: 'tcp' }) }]);
    expect(engine.next()).toBeUndefined();
    engine.apply([{ op: 'put', resource: web(2, 'db') }]);
    drain(engine);
    expect([...(engine.config(WEB)?.snapshot.eds.keys() ?? [])]).toEqual(['db']);
  });

  it('is forgotten on disconnect, and starts anew with another client', () => {
    const { engine } = started([mesh(), web(), api('a', '10.0.0.2')]);
    engine.disconnect(WEB);
    expect(engine.config(WEB)).toBeUndefined();
    engine.apply([{ op: 'put', resource: api('b', '10.0.0.3') }]);
    expect(engine.next()).toBeUndefined();
    engine.connect(client('web-1', ['feature-reuse-port']));
    expect(drain(engine)).toHaveLength(1);
  });
});

describe('VIPs', () => {
  const redirected = dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', redirected: true });

  it('give an outbound on port 80 and on the real port, once their service exists', () => {
    const { engine } = started([mesh(), redirected, virtualIp('240.0.0.1', 'api')]);
    const listeners = () => [...(engine.config(WEB)?.snapshot.lds.keys() ?? [])].filter((name) => name.startsWith('outbound:240'));
    expect(listeners()).toEqual([]);
    engine.apply([{ op: 'put', resource: api('a', '10.0.0.2') }]);
    drain(engine);
    expect(listeners()).toEqual(['outbound:240.0.0.1:80', 'outbound:240.0.0.1:8080']);
  });

  it('of a MeshService lead to its ports', () => {
    const service = resource('MeshService', 'api', { selector: { dataplaneTags: { 'kuma.io/service': 'api' } }, ports: [{ port: 9000, targetPort: 8080, appProtocol: 'http' }] }, { status: { vips: [{ ip: '241.0.0.1' }] }, labels: { 'kuma.io/zone': 'east' } });
    const { engine, addresses } = started([mesh(), redirected, api('a', '10.0.0.2'), service]);
    expect([...(engine.config(WEB)?.snapshot.lds.keys() ?? [])]).toContain('outbound:241.0.0.1:9000');
    expect(addresses('default_api__east_msvc_9000')).toEqual(['10.0.0.2']);
    // Counts in the status change with every proxy; no config depends on them.
    engine.apply([{ op: 'put', resource: { ...service, version: 2, status: { vips: [{ ip: '241.0.0.1' }], dataplaneProxies: { total: 1 } } } }]);
    expect(engine.next()).toBeUndefined();
  });
});

describe('mesh TLS towards a service', () => {
  it('is there under STRICT', () => {
    expect(started([mesh('STRICT'), web(), api('a', '10.0.0.2')]).usesTls('api')).toBe(true);
  });

  it('waits under PERMISSIVE until the service is ready', () => {
    const { engine, usesTls } = started([mesh('PERMISSIVE'), web(), api('a', '10.0.0.2')]);
    expect(usesTls('api')).toBe(false);
    engine.setTlsReady('default', 'api', true);
    expect(drain(engine).map(({ changed }) => changed)).toEqual([{ cds: new Set(['api']) }]);
    expect(usesTls('api')).toBe(true);
  });
});

describe('a resource that fails', () => {
  /** Fails for an outbound while its routes name a header `poison`. */
  const fragile: GroupGenerator = {
    name: 'fragile', origin: 'test',
    scope: 'group',
    units: (group, context) => [...(GENERATORS.find(({ name }) => name === 'outbounds') as GroupGenerator).units(group, context)].map((unit) => ({
      ...unit, build: () => { if (unit.key.includes('poison')) throw new Error('poisoned'); return unit.build(); },
    })),
  };
  const generators = GENERATORS.map((generator) => (generator.name === 'outbounds' ? fragile : generator));
  const route = (name: string, version: number) => policy('MeshHTTPRoute', 'r', { to: [{ targetRef: { kind: 'MeshService', name: 'api' }, rules: [{ matches: [{ path: { type: 'Exact', value: '/' } }], default: { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name, value: '1' }] } }] } }] }] }, version);

  it('leaves its last good version in place, says why, and is replaced once it is well', () => {
    const { engine } = started([mesh(), web(), api('a', '10.0.0.2'), route('x-one', 1)], { generators });
    const routes = () => engine.config(WEB)?.snapshot.rds.get('outbound:api')?.version;
    const good = routes();
    engine.apply([{ op: 'put', resource: route('poison', 2) }]);
    drain(engine);
    while (engine.next() !== undefined);
    expect(routes()).toBe(good);
    expect(engine.config(WEB)?.problems).toEqual([{ resource: 'outbound 127.0.0.1:20001', reason: 'poisoned' }]);
    engine.apply([{ op: 'put', resource: route('x-two', 3) }]);
    drain(engine);
    expect(routes()).not.toBe(good);
    expect(engine.config(WEB)?.problems).toEqual([]);
  });

  it('does not stand in the way of other proxies, even where a generator itself is at fault', () => {
    const faulty: GroupGenerator = { name: 'faulty', origin: 'test', scope: 'group', units: (group) => { if (group.outbounds.some(({ port }) => port === 666)) throw new Error('defect'); return []; } };
    const { engine } = started([mesh(), web(), api('a', '10.0.0.2'), dataplane({ name: 'web-2', address: '10.0.0.5', service: 'web' })], { generators: [...GENERATORS, faulty] });
    engine.connect(client('web-2'));
    drain(engine);
    const before = engine.config(WEB)?.snapshot;
    engine.apply([{ op: 'put', resource: dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', outbounds: [{ port: 666, service: 'api' }], version: 2 }) }]);
    engine.apply([{ op: 'put', resource: dataplane({ name: 'web-2', address: '10.0.0.6', service: 'web', version: 2 }) }]);
    expect(drain(engine).map(({ proxy }) => proxy.name)).toEqual(['web-2']);
    expect(engine.config(WEB)).toMatchObject({ problems: [{ resource: 'default/web-1', reason: 'defect' }] });
    expect(engine.config(WEB)?.snapshot).toBe(before);
    engine.apply([{ op: 'put', resource: web(3) }]);
    drain(engine);
    expect(engine.config(WEB)?.problems).toEqual([]);
  });

  it('is said of a first config too, of which nothing else could tell', () => {
    const faulty: GroupGenerator = { name: 'faulty', origin: 'test', scope: 'group', units: () => { throw new Error('defect'); } };
    const engine = createConfigEngine({ generators: [...GENERATORS, faulty] });
    engine.load([mesh(), web()]);
    engine.connect(client('web-1'));
    const updates: (string | undefined)[] = [];
    for (let update = engine.next(); update !== undefined; update = engine.next()) updates.push(update.defect);
    expect(updates).toEqual(['defect']);
    expect(engine.config(WEB)).toBeUndefined();
  });
});
