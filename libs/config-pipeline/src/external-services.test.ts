import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Cluster_DiscoveryType, ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import type { TransportSocket } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { UpstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, drain, resource } from './testing.ts';

const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };
const mesh = (spec: object = {}): Resource => resource('Mesh', 'default', spec, { mesh: '' });
const outside = (name: string, address: string, more: { readonly tls?: object; readonly tags?: object } = {}): Resource => resource('ExternalService', name, {
  networking: { address, ...(more.tls !== undefined && { tls: { enabled: true, ...more.tls } }) }, tags: { 'kuma.io/service': 'weather', 'kuma.io/protocol': 'http', ...more.tags },
});
const web = (tags: object = {}): Resource => resource('Dataplane', 'web', { networking: { address: '10.0.0.9', inbound: [{ port: 70, tags: { 'kuma.io/service': 'web' } }], outbound: [{ port: 9000, tags: { 'kuma.io/service': 'weather', ...tags } }] } });

function engineOf(resources: readonly Resource[], zone = ''): ConfigEngine {
  const engine = createConfigEngine({ zone });
  engine.load([web(), ...resources]);
  engine.connect(client('web'));
  drain(engine);
  return engine;
}

function configOf(engine: ConfigEngine) {
  const config = engine.config({ mesh: 'default', name: 'web' });
  if (config === undefined) throw new Error('no config');
  return config;
}

function clusterOf(engine: ConfigEngine) {
  const found = configOf(engine).snapshot.cds.get('weather');
  const cluster = found && fromBinary(ClusterSchema, found.body);
  const hosts = cluster?.loadAssignment?.endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ hostIdentifier }) => (hostIdentifier.case === 'endpoint' ? hostIdentifier.value.hostname : '')));
  return { type: cluster?.clusterDiscoveryType.value, hosts, sni: sniOf(cluster?.transportSocket), byServer: cluster?.transportSocketMatches.map(({ match, transportSocket }) => [match, sniOf(transportSocket)]) };
}

function sniOf(socket: TransportSocket | undefined): string | undefined {
  return socket?.configType.case === 'typedConfig' ? anyUnpack(socket.configType.value, UpstreamTlsContextSchema)?.sni : undefined;
}

describe('ExternalServices without an egress', () => {
  const { STATIC, STRICT_DNS, EDS } = Cluster_DiscoveryType;

  it.each([
    ['an address', [outside('a', '192.0.2.1:80')], { type: STATIC, hosts: ['192.0.2.1'], sni: undefined, byServer: [] }],
    ['a name', [outside('a', 'weather.test:443', { tls: {} })], { type: STRICT_DNS, hosts: ['weather.test'], sni: 'weather.test', byServer: [] }],
    ['a name for TLS of its own', [outside('a', '192.0.2.1:443', { tls: { serverName: 'one.test' } })], { type: STATIC, hosts: ['192.0.2.1'], sni: 'one.test', byServer: [] }],
    ['two that speak otherwise', [outside('a', 'a.test:443', { tls: {} }), outside('b', 'b.test:80')], { type: STRICT_DNS, hosts: ['a.test', 'b.test'], sni: undefined, byServer: [[{ server: 'a' }, 'a.test']] }],
  ])('%s', (_, resources, expected) => {
    const engine = engineOf([mesh({ mtls: MTLS }), ...resources]);
    expect(clusterOf(engine)).toEqual(expected);
    expect(configOf(engine).problems).toEqual([]);
    expect([...configOf(engine).snapshot.eds.keys()]).toEqual([]);
  });

  it('are asked by their own name', () => {
    const found = configOf(engineOf([mesh(), outside('a', 'weather.test:80')])).snapshot.rds.get('outbound:weather');
    const [route] = (found && fromBinary(RouteConfigurationSchema, found.body))?.virtualHosts.flatMap(({ routes }) => routes) ?? [];
    expect(route?.action.case === 'route' ? route.action.value.hostRewriteSpecifier.case : undefined).toBe('autoHostRewrite');
  });

  it('the secrets that TLS takes come with the cluster, and go with it', () => {
    const engine = engineOf([mesh(), outside('a', 'a.test:443', { tls: { caCert: { secret: 'their-ca' }, clientCert: { inlineString: 'PEM' } } })]);
    const external = () => configOf(engine).secrets.filter(({ kind }) => kind.startsWith('external'));
    expect(external()).toEqual([
      { kind: 'external-ca', name: 'external_ca:secret:default:a', mesh: 'default', ca: { secret: 'their-ca' } },
      { kind: 'external-certificate', name: 'external_cert:secret:default:a', mesh: 'default', certificate: { pem: 'PEM' }, key: { resource: { type: 'ExternalService', name: 'a', version: 1 }, path: ['networking', 'tls', 'clientKey'] } },
    ]);
    engine.apply([{ op: 'put', resource: { ...outside('a', 'a.test:443', { tls: {} }), version: 2 } }]);
    drain(engine);
    expect(external()).toEqual([]);
    expect(clusterOf(engine).sni).toBe('a.test');
  });

  it('are reached by way of the egress where the mesh says so', () => {
    const engine = engineOf([mesh({ mtls: MTLS, routing: { zoneEgress: true } }), outside('a', 'weather.test:80'), resource('ZoneEgress', 'e', { zone: 'west', networking: { address: '10.0.0.5', port: 10002 } }, { mesh: '' })], 'west');
    expect(clusterOf(engine)).toMatchObject({ type: EDS, sni: 'weather{mesh=default}' });
    expect([...configOf(engine).snapshot.eds.keys()]).toEqual(['weather']);
  });

  it('instances of the mesh are meant where there are any', () => {
    const inside = resource('Dataplane', 'inside', { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'weather', 'kuma.io/protocol': 'http' } }] } });
    expect(clusterOf(engineOf([mesh({ mtls: MTLS }), outside('a', 'weather.test:80'), inside]))).toMatchObject({ type: EDS, sni: 'weather{mesh=default}' });
  });
});

describe('TrafficPermissions about what sidecars dial themselves', () => {
  const direct = mesh({ mtls: MTLS });
  const permission = (name: string, from: object, to: object): Resource => resource('TrafficPermission', name, { sources: [{ match: from }], destinations: [{ match: to }] });
  const service = (name: string): object => ({ 'kuma.io/service': name });
  const hosts = (engine: ConfigEngine): readonly (string | undefined)[] | undefined => clusterOf(engine).hosts;
  const put = (engine: ConfigEngine, one: Resource): readonly (string | undefined)[] | undefined => {
    engine.apply([{ op: 'put', resource: one }]);
    drain(engine);
    return hosts(engine);
  };

  it('leave it to everyone while there are none', () => {
    expect(hosts(engineOf([direct, outside('a', 'a.test:80')]))).toEqual(['a.test']);
  });

  it('the most precise one about it counts, whoever it is for', () => {
    const engine = engineOf([direct, outside('a', 'a.test:80'), permission('all', service('*'), service('*'))]);
    expect(hosts(engine)).toEqual(['a.test']);
    expect(put(engine, permission('shop-only', service('shop'), service('weather')))).toEqual([]);
    expect(configOf(engine).problems).toEqual([]);
    expect(put(engine, permission('web-too', { ...service('web') }, { ...service('weather'), 'kuma.io/protocol': 'http' }))).toEqual(['a.test']);
    engine.apply([{ op: 'delete', key: { type: 'TrafficPermission', mesh: 'default', name: 'web-too' } }]);
    drain(engine);
    expect(hosts(engine)).toEqual([]);
  });

  it('one about another service leaves none for it', () => {
    expect(hosts(engineOf([direct, outside('a', 'a.test:80'), permission('p', service('*'), service('backend'))]))).toEqual([]);
  });

  it('tell servers of one service apart by their tags', () => {
    const engine = engineOf([direct, outside('a', 'a.test:80', { tags: { region: 'eu' } }), permission('eu', service('*'), { region: 'eu' })]);
    expect(put(engine, outside('b', 'b.test:80', { tags: { region: 'us' } }))).toEqual(['a.test']);
    expect(put(engine, { ...outside('b', 'b.test:80', { tags: { region: 'eu' } }), version: 2 })).toEqual(['a.test', 'b.test']);
  });

  it('are the egress\'s business where there is one', () => {
    const engine = engineOf([mesh({ mtls: MTLS, routing: { zoneEgress: true } }), outside('a', 'a.test:80'), permission('p', service('shop'), service('weather')), resource('ZoneEgress', 'e', { zone: 'west', networking: { address: '10.0.0.5', port: 10002 } }, { mesh: '' })], 'west');
    expect(clusterOf(engine)).toMatchObject({ type: Cluster_DiscoveryType.EDS });
  });
});
