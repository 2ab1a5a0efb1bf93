import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import type { TransportSocket } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { UpstreamTlsContextSchema } from '@weft/envoy-proto/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, drain, resource, virtualIp } from './testing.ts';

const HERE = { 'kuma.io/zone': 'zone-1', 'kuma.io/origin': 'zone' };
const from = (zone: string, name: string) => ({ 'kuma.io/zone': zone, 'kuma.io/origin': 'global', 'kuma.io/display-name': name });
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };
const mesh = (spec: object = {}): Resource => resource('Mesh', 'default', { meshServices: { mode: 'Exclusive' }, mtls: MTLS, ...spec }, { mesh: '' });
const legacy = (routing: object = {}, mtls: object = {}): Resource => mesh({ meshServices: { mode: 'Disabled' }, routing, mtls: { ...MTLS, ...mtls } });
const redirected = { redirectPortInbound: 15006, redirectPortOutbound: 15001 };
const web = resource('Dataplane', 'web', { networking: { address: '10.0.0.9', inbound: [{ port: 70, tags: { 'kuma.io/service': 'web' } }], transparentProxying: redirected } }, { labels: HERE });
const redisHere = resource('Dataplane', 'redis-a', { networking: { address: '10.0.0.1', inbound: [{ port: 6379, tags: { 'kuma.io/service': 'redis', 'kuma.io/protocol': 'tcp', 'kuma.io/zone': 'zone-1' } }] } }, { labels: HERE });
const redis = (zone: string, name: string, vip: string, more: { readonly spec?: object; readonly status?: object } = {}): Resource => resource('MeshService', name, {
  state: 'Available', selector: { dataplaneTags: { 'kuma.io/service': 'redis' } }, ports: [{ port: 6379, targetPort: 6379, appProtocol: 'tcp' }], identities: [{ type: 'ServiceTag', value: 'redis' }], ...more.spec,
}, { labels: { ...from(zone, 'redis'), ...(zone === 'zone-1' && HERE) }, status: { vips: [{ ip: vip }], ...more.status } });
const ingress = (name: string, zone: string, address: string, services: readonly object[] = []): Resource => resource('ZoneIngress', name, {
  zone, networking: { address: '10.9.9.9', port: 10001, advertisedAddress: address, advertisedPort: 10001 },
  availableServices: services.map((tags) => ({ tags: { 'kuma.io/zone': zone, ...tags }, instances: 2, mesh: 'default' })),
}, { mesh: '' });
const redisMz = resource('MeshMultiZoneService', 'redis-mz', { selector: { meshService: { matchLabels: { 'kuma.io/display-name': 'redis' } } }, ports: [{ port: 6379, appProtocol: 'tcp' }] }, { labels: { 'kuma.io/origin': 'global' }, status: { vips: [{ ip: '243.0.0.0' }] } });
const zoneAddress = (zone: string, address: string): Resource => resource('MeshZoneAddress', `address-${zone}`, { address, port: 10003 }, { labels: from(zone, 'address') });

function engineOf(resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine({ zone: 'zone-1' });
  engine.load([web, ...resources]);
  engine.connect(client('web'));
  drain(engine);
  return engine;
}

function snapshotOf(engine: ConfigEngine) {
  const config = engine.config({ mesh: 'default', name: 'web' });
  if (config === undefined) throw new Error('no config');
  return config.snapshot;
}

/** `<zone>/<priority> <address>:<port> *<weight>` of each endpoint. */
function endpoints(engine: ConfigEngine, cluster: string): string[] {
  const found = snapshotOf(engine).eds.get(cluster);
  const assignment = found && fromBinary(ClusterLoadAssignmentSchema, found.body);
  return (assignment?.endpoints ?? []).flatMap(({ locality, priority, lbEndpoints }) => lbEndpoints.map(({ hostIdentifier, loadBalancingWeight }) => {
    const address = hostIdentifier.case === 'endpoint' ? hostIdentifier.value.address?.address : undefined;
    const place = address?.case === 'socketAddress' ? `${address.value.address}:${String(address.value.portSpecifier.value)}` : '';
    return `${locality?.zone ?? ''}/${priority} ${place} *${loadBalancingWeight ?? 0}`;
  }));
}

function tlsOf(socket: TransportSocket | undefined): { readonly sni: string; readonly sans: readonly unknown[] } | undefined {
  const tls = socket?.configType.case === 'typedConfig' ? anyUnpack(socket.configType.value, UpstreamTlsContextSchema) : undefined;
  const context = tls?.commonTlsContext?.validationContextType;
  return tls && { sni: tls.sni, sans: context?.case === 'combinedValidationContext' ? context.value.defaultValidationContext?.matchTypedSubjectAltNames.map(({ matcher }) => matcher?.matchPattern.value) ?? [] : [] };
}

function clusterOf(engine: ConfigEngine, cluster: string) {
  const found = snapshotOf(engine).cds.get(cluster);
  const message = found && fromBinary(ClusterSchema, found.body);
  return { tls: tlsOf(message?.transportSocket), byZone: message?.transportSocketMatches.map(({ match, transportSocket }) => [match, tlsOf(transportSocket)?.sni]) };
}

/** As recorded of Kuma 2.14.3: a zone that joined, with a service and an ingress of another one. */
describe('the recorded federated zone', () => {
  const engine = engineOf([mesh(), redis('zone-2', 'redis-x7', '241.0.0.0'), ingress('ingress-zone-2', 'zone-2', '10.0.0.6'), redisMz]);

  it.each([
    ['default_redis__zone-2_msvc_6379', 'a25502fde077cd057.redis.6379.default.ms'],
    ['default_redis-mz___mzsvc_6379', 'a8616204847821013.redis-mz.6379.default.mzms'],
  ])('%s', (cluster, sni) => {
    expect(clusterOf(engine, cluster)).toEqual({ tls: { sni, sans: ['spiffe://default/redis'] }, byZone: [] });
    expect(endpoints(engine, cluster)).toEqual(['zone-2/0 10.0.0.6:10001 *1']);
  });

  it('has their listeners', () => {
    expect([...snapshotOf(engine).lds.keys()]).toEqual(expect.arrayContaining(['outbound:241.0.0.0:6379', 'outbound:243.0.0.0:6379']));
  });
});

describe('services of other zones', () => {
  const REMOTE = 'default_redis__zone-2_msvc_6379';
  const MULTI = 'default_redis-mz___mzsvc_6379';
  const there = redis('zone-2', 'redis-x7', '241.0.0.0');
  const here = redis('zone-1', 'redis', '241.0.0.1');
  const entrance = ingress('i1', 'zone-2', '10.0.0.6');

  it('never take instances of the own zone, whatever their selector says', () => {
    expect(endpoints(engineOf([mesh(), there, redisHere]), REMOTE)).toEqual([]);
  });

  it('a MeshMultiZoneService has them all; other zones come second', () => {
    expect(endpoints(engineOf([mesh(), there, here, redisHere, entrance, redisMz]), MULTI)).toEqual(['zone-1/0 10.0.0.1:6379 *1', 'zone-2/1 10.0.0.6:10001 *1']);
  });

  it('entrances behind one address count once, those of the own zone and without an advertised address not at all', () => {
    const hidden = resource('ZoneIngress', 'hidden', { zone: 'zone-2', networking: { address: '10.0.0.8', port: 10001 } }, { mesh: '' });
    const engine = engineOf([mesh(), there, entrance, ingress('i2', 'zone-2', '10.0.0.6'), ingress('i3', 'zone-2', '10.0.0.7'), ingress('own', 'zone-1', '10.0.0.5'), hidden]);
    expect(endpoints(engine, REMOTE)).toEqual(['zone-2/0 10.0.0.6:10001 *1', 'zone-2/0 10.0.0.7:10001 *1']);
  });

  it.each([
    ['that are not available', [mesh(), redis('zone-2', 'redis-x7', '241.0.0.0', { spec: { state: 'Unavailable' } }), entrance]],
    ['without mTLS', [mesh({ mtls: {} }), there, entrance]],
  ])('have no endpoints %s', (_, resources) => expect(endpoints(engineOf(resources), REMOTE)).toEqual([]));

  it('appear, move and go with their ingress, without a cluster being touched', () => {
    const engine = engineOf([mesh(), there]);
    const clusters = snapshotOf(engine).cds;
    const steps = [{ op: 'put' as const, resource: { ...entrance, version: 2 } }, { op: 'put' as const, resource: { ...ingress('i1', 'zone-2', '10.0.0.7'), version: 3 } }, { op: 'delete' as const, key: { type: 'ZoneIngress', mesh: '', name: 'i1' } }];
    const seen = steps.map((change) => {
      engine.apply([change]);
      drain(engine);
      return endpoints(engine, REMOTE);
    });
    expect(seen).toEqual([['zone-2/0 10.0.0.6:10001 *1'], ['zone-2/0 10.0.0.7:10001 *1'], []]);
    expect(snapshotOf(engine).cds).toBe(clusters);
  });

  it('an address of the zone for the mesh counts before its ingresses', () => {
    expect(endpoints(engineOf([mesh(), there, entrance, zoneAddress('zone-2', '10.0.0.66')]), REMOTE)).toEqual(['zone-2/0 10.0.0.66:10003 *1']);
  });

  it('a PERMISSIVE mesh that dials a service in plaintext stays in its zone', () => {
    const permissive = mesh({ mtls: { ...MTLS, backends: [{ name: 'ca-1', type: 'builtin', mode: 'PERMISSIVE' }] } });
    const all = [permissive, there, redisHere, entrance, redisMz];
    expect(endpoints(engineOf([...all, here]), MULTI)).toEqual(['zone-1/0 10.0.0.1:6379 *1']);
    expect(endpoints(engineOf([...all, redis('zone-1', 'redis', '241.0.0.1', { status: { tls: { status: 'Ready' } } })]), MULTI)).toHaveLength(2);
    expect(clusterOf(engineOf(all), REMOTE).tls?.sans).toEqual(['spiffe://default/redis']);
  });
});

/** Proxies with a MeshIdentity say the KRI, except to zones whose ZoneIngress would not know it. */
describe('server names with a MeshIdentity', () => {
  const identity = [
    resource('MeshIdentity', 'i', { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'one.test', path: '/x' }, provider: { type: 'Bundled' } }, { labels: HERE }),
    resource('MeshTrust', 't', { trustDomain: 'one.test', caBundles: [] }), resource('TrustBundle', 'identity.i', { backend: 'identity.i', generation: 1, caPem: [] }),
  ];
  const services = [mesh(), ...identity, redis('zone-2', 'redis-x7', '241.0.0.0'), redis('zone-3', 'redis-y8', '241.0.0.2'), ingress('i2', 'zone-2', '10.0.0.6'), ingress('i3', 'zone-3', '10.0.0.7'), redisMz];
  const HASH = 'a8616204847821013.redis-mz.6379.default.mzms';

  it.each([
    ['no zone has an address', [], { one: 'a25502fde077cd057.redis.6379.default.ms', multi: HASH, byZone: [] }],
    ['one has', [zoneAddress('zone-2', '10.0.0.66')], { one: 'sni.msvc.default.zone-2.redis.6379', multi: 'sni.mzsvc.default.redis-mz.6379', byZone: [[{ 'kuma.io/zone': 'zone-3' }, HASH]] }],
    ['all have', [zoneAddress('zone-2', '10.0.0.66'), zoneAddress('zone-3', '10.0.0.77')], { one: 'sni.msvc.default.zone-2.redis.6379', multi: 'sni.mzsvc.default.redis-mz.6379', byZone: [] }],
  ])('%s', (_, addresses, expected) => {
    const engine = engineOf([...services, ...addresses]);
    const multi = clusterOf(engine, 'default_redis-mz___mzsvc_6379');
    expect({ one: clusterOf(engine, 'default_redis__zone-2_msvc_6379').tls?.sni, multi: multi.tls?.sni, byZone: multi.byZone }).toEqual(expected);
  });
});

describe('services by tag in other zones', () => {
  const TAGS = { 'kuma.io/service': 'redis', 'kuma.io/protocol': 'tcp' };
  const vip = virtualIp('240.0.0.1', 'redis');
  const all = [vip, redisHere, ingress('i1', 'zone-2', '10.0.0.6', [TAGS]), ingress('i2', 'zone-2', '10.0.0.7', [TAGS])];

  it('are used alike: an entrance weighs as its instances do, an instance here as often as there are entrances', () => {
    const engine = engineOf([legacy(), ...all]);
    expect(endpoints(engine, 'redis')).toEqual(['zone-1/0 10.0.0.1:6379 *2', 'zone-2/0 10.0.0.6:10001 *2', 'zone-2/0 10.0.0.7:10001 *2']);
    expect(clusterOf(engine, 'redis').tls).toEqual({ sni: 'redis{mesh=default}', sans: ['spiffe://default/redis'] });
  });

  it('come second in a mesh with locality awareness', () => {
    expect(endpoints(engineOf([legacy({ localityAwareLoadBalancing: true }), ...all]), 'redis').map((text) => text.slice(0, 8))).toEqual(['zone-1/0', 'zone-2/1', 'zone-2/1']);
  });

  it('exist, with the port of their name, where only another zone has them', () => {
    const engine = engineOf([legacy({}, { backends: [{ name: 'ca-1', type: 'builtin', mode: 'PERMISSIVE' }] }), vip, ingress('i1', 'zone-2', '10.0.0.6', [TAGS, { ...TAGS, version: '2' }])]);
    expect([...snapshotOf(engine).lds.keys()].filter((name) => name.startsWith('outbound:240'))).toEqual(['outbound:240.0.0.1:80']);
    expect(endpoints(engine, 'redis')).toEqual(['zone-2/0 10.0.0.6:10001 *4']);
    expect(clusterOf(engine, 'redis').tls?.sni).toBe('redis{mesh=default}');
  });

  it('are reached by way of the own zone\'s egresses where the mesh says so', () => {
    const egress = (name: string, zone: string, address: string) => resource('ZoneEgress', name, { zone, networking: { address, port: 10002 } }, { mesh: '' });
    const engine = engineOf([legacy({ zoneEgress: true }), ...all, egress('e1', 'zone-1', '10.0.0.5'), egress('e2', 'zone-2', '10.0.0.55')]);
    expect(endpoints(engine, 'redis')).toEqual(['zone-1/0 10.0.0.1:6379 *1', 'zone-2/0 10.0.0.5:10002 *1']);
  });
});
