import { readFileSync } from 'node:fs';
import { fromJson, toJson, type DescMessage, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { envoyRegistry } from '@weft/envoy-proto/registry.js';
import { ClusterSchema } from '@weft/envoy-proto/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '@weft/envoy-proto/envoy/config/listener/v3/listener_pb.js';
import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, dataplane, drain, policy, readEndpoints, readPassages, readResource, resource } from '../testing.ts';

const WAY_OUT: ProxyKey = { mesh: '', name: 'egress-1', type: 'ZoneEgress' };
const WEB: ProxyKey = { mesh: 'default', name: 'web-1' };
const LISTENER = 'inbound:10.0.0.5:10002';
const HTTPBIN = 'default_httpbin___extsvc_80';
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };
const zoneEgress = resource('ZoneEgress', 'egress-1', { zone: 'zone-1', networking: { address: '10.0.0.5', port: 10002 } }, { mesh: '' });
const meshOf = (spec: object = {}, version = 1): Resource => resource('Mesh', 'default', { meshServices: { mode: 'Everywhere' }, mtls: MTLS, ...spec }, { mesh: '', version });
const external = (name: string, spec: object = {}, version = 1): Resource => resource('MeshExternalService', name, { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: '10.0.0.6', port: 18000 }], ...spec }, { version, labels: { 'kuma.io/origin': 'global' } });
const tagged = (service: string, tags: object = {}, networking: object = {}): Resource => resource('ExternalService', service, { networking: { address: 'pay.example.com:443', ...networking }, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http', ...tags } });

function start(resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine({ zone: 'zone-1' });
  engine.load(resources);
  engine.connect(client('egress-1', ['feature-reuse-port'], { key: WAY_OUT }));
  drain(engine);
  return engine;
}

function apply(engine: ConfigEngine, ...resources: readonly Resource[]): readonly string[] {
  engine.apply(resources.map((one) => ({ op: 'put', resource: one })));
  return drain(engine).map(({ proxy, changed }) => `${proxy.name}: ${Object.values(changed).flatMap((names) => [...names]).sort().join(' ')}`);
}

interface Chain { readonly name: string; readonly filterChainMatch: { readonly serverNames: readonly string[] } }
const chainsOf = (engine: ConfigEngine): readonly Chain[] => ((readResource(engine, WAY_OUT, { type: 'lds', name: LISTENER }) ?? {}) as unknown as { readonly filterChains?: readonly Chain[] }).filterChains ?? [];
const chains = (engine: ConfigEngine): readonly string[] => chainsOf(engine).map(({ name, filterChainMatch }) => `${filterChainMatch.serverNames.join(' ')} -> ${name}`);
/** The listener with the routes of its chains. */
const listenerText = (engine: ConfigEngine): string => JSON.stringify([readResource(engine, WAY_OUT, { type: 'lds', name: LISTENER }), ...[...engine.config(WAY_OUT)?.snapshot.rds.keys() ?? []].map((name) => readResource(engine, WAY_OUT, { type: 'rds', name }))]);
const routesOf = (cluster: string): string => `${LISTENER}:${cluster}`;

describe('a recorded ZoneEgress', () => {
  const recorded = JSON.parse(readFileSync(new URL('../../testdata/zone-egress/recorded.json', import.meta.url), 'utf8')) as { readonly listeners: readonly JsonValue[]; readonly clusters: readonly JsonValue[] };
  const engine = start([zoneEgress, meshOf(), external('httpbin')]);
  const same = (schema: DescMessage, json: JsonValue | undefined): JsonObject => {
    const { '@type': _type, ...content } = (json ?? {}) as JsonObject;
    return toJson(schema, fromJson(schema, content, { registry: envoyRegistry }), { registry: envoyRegistry }) as JsonObject;
  };

  it('has the cluster that Kuma 2.14 sent, without limits that nobody set and tags that nobody reads', () => {
    const expected = JSON.parse(JSON.stringify(same(ClusterSchema, recorded.clusters[0]), (key, value: unknown) => (key === 'metadata' ? undefined : value))) as JsonObject;
    expect(readResource(engine, WAY_OUT, { type: 'cds', name: HTTPBIN })).toEqual({ ...expected, circuitBreakers: expect.anything(), typedExtensionProtocolOptions: expect.anything() });
  });

  it('has its listener, with our own permissions and refusal logs', () => {
    interface Recorded { readonly filterChains: readonly [{ readonly filters: readonly [{ readonly typedConfig: JsonObject & { readonly routeConfig?: { readonly virtualHosts: readonly JsonObject[] } } }] }] }
    // What Kuma puts into the listener is a resource of its own here.
    const served = readResource(engine, WAY_OUT, { type: 'rds', name: routesOf(HTTPBIN) }) as JsonObject & { readonly virtualHosts: readonly JsonObject[] };
    const plain = (listener: JsonObject | undefined): unknown => {
      const { filterChains: [chain], ...rest } = listener as unknown as Recorded;
      const [{ typedConfig: { httpFilters: _filters, accessLog: _log, rds: _rds, routeConfig = { ...served, name: HTTPBIN }, ...hcm } }] = chain.filters;
      const { requestHeadersToRemove: _headers, ...routes } = routeConfig as JsonObject & typeof routeConfig;
      return { ...rest, chain: { ...chain, filters: [] }, hcm: { ...hcm, commonHttpProtocolOptions: undefined }, routes: { ...routes, virtualHosts: routeConfig.virtualHosts.map(({ typedPerFilterConfig: _permission, ...host }) => host) } };
    };
    expect(plain(readResource(engine, WAY_OUT, { type: 'lds', name: LISTENER }))).toEqual(plain(same(ListenerSchema, recorded.listeners[0])));
    expect(engine.config(WAY_OUT)).toMatchObject({ problems: [], secrets: [{ kind: 'admin' }, { kind: 'admin-clients' }, { kind: 'identity', name: 'identity_cert:secret:default', services: ['zone-egress'] }, { kind: 'ca', name: 'mesh_ca:secret:default' }] });
  });
});

describe('MeshExternalServices', () => {
  it('are nothing in a mesh without a CA, and without any there is no listener', () => {
    const engine = start([zoneEgress, meshOf({ mtls: undefined }), external('httpbin')]);
    expect(engine.config(WAY_OUT)?.snapshot.lds.has(LISTENER)).toBe(false);
    expect(apply(engine, meshOf({}, 2))).toEqual([`egress-1: ${HTTPBIN} ${LISTENER} ${routesOf(HTTPBIN)}`]);
    engine.apply([{ op: 'delete', key: { type: 'MeshExternalService', mesh: 'default', name: 'httpbin' } }]);
    drain(engine);
    expect(engine.config(WAY_OUT)?.snapshot.lds.has(LISTENER)).toBe(false);
    expect(engine.config(WAY_OUT)?.secrets).toHaveLength(2);
  });

  it('elsewhere or with other TLS are other clusters: no connection to the listener is lost', () => {
    const engine = start([zoneEgress, meshOf(), external('httpbin')]);
    expect(apply(engine, external('httpbin', { endpoints: [{ address: 'b.example.com', port: 443, priority: 7 }, { address: 'a.example.com', port: 443, priority: 3 }], tls: { enabled: true, verification: { caCert: { secret: 'ca' } } } }, 2))).toEqual([`egress-1: ${HTTPBIN}`]);
    const cluster = readResource(engine, WAY_OUT, { type: 'cds', name: HTTPBIN });
    expect(cluster).toMatchObject({ type: 'STRICT_DNS', loadAssignment: { endpoints: [{ locality: { subZone: 'priority-0' } }, { locality: { subZone: 'priority-1' }, priority: 1 }] } });
    expect(JSON.stringify(cluster)).toContain('"sni":"b.example.com"');
    expect(engine.config(WAY_OUT)?.secrets).toContainEqual({ kind: 'external-ca', name: `external_ca:secret:${HTTPBIN}`, mesh: 'default', ca: { secret: 'ca' } });
  });

  it.each([
    ['MeshCircuitBreaker', { connectionLimits: { maxRequests: 9 } }, '"maxRequests":9'],
    ['MeshTimeout', { connectionTimeout: '3s' }, '"connectTimeout":"3s"'],
    ['MeshHealthCheck', { interval: '9s', timeout: '1s', unhealthyThreshold: 2, healthyThreshold: 1, http: { path: '/up' } }, '"path":"/up"'],
    ['MeshLoadBalancingStrategy', { loadBalancer: { type: 'Random' } }, '"lbPolicy":"RANDOM"'],
  ])('%s counts, whatever proxies it is about', (type, conf, text) => {
    const engine = start([zoneEgress, meshOf(), external('httpbin')]);
    expect(apply(engine, policy(type, 'p', { targetRef: { kind: 'MeshSubset', tags: { team: 'blue' } }, to: [{ targetRef: { kind: 'MeshExternalService', name: 'httpbin' }, default: conf }] }))).toEqual([`egress-1: ${HTTPBIN}`]);
    expect(JSON.stringify(readResource(engine, WAY_OUT, { type: 'cds', name: HTTPBIN }))).toContain(text);
  });

  it('are for everyone, unless the mesh forbids them', () => {
    const engine = start([zoneEgress, meshOf(), external('httpbin'), external('db', { match: { type: 'HostnameGenerator', port: 5432, protocol: 'tcp' } })]);
    const denials = (): number => listenerText(engine).split('"action":"DENY"').length - 1;
    // The filter itself, which the route overrides.
    expect(denials()).toBe(1);
    expect(apply(engine, meshOf({ routing: { defaultForbidMeshExternalServiceAccess: true } }, 2))).toEqual([`egress-1: ${LISTENER} ${routesOf(HTTPBIN)}`]);
    expect(denials()).toBe(3);
  });

  it('are called by their KRI too where clients may have a MeshIdentity, and these are believed', () => {
    const engine = start([zoneEgress, meshOf(), external('httpbin'), resource('MeshTrust', 'id', { trustDomain: 'one.test', caBundles: [] })]);
    expect(chains(engine)).toEqual([`a260442408b1a89a9.httpbin.80.default.mes sni.extsvc.default.httpbin.80 -> ${HTTPBIN}`]);
    expect(engine.config(WAY_OUT)?.secrets).toContainEqual({ kind: 'trust-bundle', name: 'system_trust_bundle:default', mesh: 'default' });
  });

  it('are reached by way of the egresses of the own zone, with TLS', () => {
    const proxy = resource('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }], outbound: [{ port: 8081, backendRef: { kind: 'MeshExternalService', name: 'httpbin', port: 80 } }] } });
    const engine = start([meshOf(), external('httpbin'), proxy]);
    engine.connect(client('web-1'));
    drain(engine);
    expect(readEndpoints(engine, WEB, HTTPBIN)).toEqual([]);
    const elsewhere = { ...zoneEgress, name: 'egress-2', spec: { zone: 'zone-2', networking: { address: '10.9.0.5', port: 10002 } } };
    expect(apply(engine, zoneEgress, elsewhere)).toContain(`web-1: ${HTTPBIN}`);
    expect(readEndpoints(engine, WEB, HTTPBIN)).toEqual(['10.0.0.5:10002']);
    const cluster = JSON.stringify(readResource(engine, WEB, { type: 'cds', name: HTTPBIN }));
    for (const text of ['"exact":"spiffe://default/zone-egress"', '"sni":"a260442408b1a89a9.httpbin.80.default.mes"', '"httpProtocolOptions":{}']) expect(cluster).toContain(text);
  });
});

describe('ExternalServices', () => {
  const routed = meshOf({ routing: { zoneEgress: true } });
  const allow = policy('MeshTrafficPermission', 'web-only', { targetRef: { kind: 'MeshService', name: 'pay' }, from: [{ targetRef: { kind: 'MeshService', name: 'web' }, default: { action: 'Allow' } }] });

  it('go by way of egresses where the mesh wants it, and nobody may without a permission', () => {
    const engine = start([zoneEgress, meshOf(), tagged('pay')]);
    expect(chains(engine)).toEqual([]);
    apply(engine, { ...routed, version: 2 });
    expect(chains(engine)).toEqual(['pay{mesh=default} -> pay_default']);
    expect(listenerText(engine)).not.toContain('spiffe://default/web');
    expect(apply(engine, allow)).toEqual([`egress-1: ${routesOf('default:pay')}`]);
    expect(listenerText(engine)).toContain('spiffe://default/web');
  });

  it('of another zone are not dialled from here', () => {
    expect(chains(start([zoneEgress, routed, tagged('pay', { 'kuma.io/zone': 'zone-2' })]))).toEqual([]);
    expect(chains(start([zoneEgress, routed, tagged('pay', { 'kuma.io/zone': 'zone-1' })]))).toHaveLength(1);
  });

  it('leave the sidecar for the egress', () => {
    const engine = start([zoneEgress, routed, tagged('pay'), { ...dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', outbounds: [{ port: 8081, service: 'pay' }] }) }]);
    engine.connect(client('web-1'));
    drain(engine);
    expect(readEndpoints(engine, WEB, 'pay')).toEqual(['10.0.0.5:10002']);
    expect(JSON.stringify(readResource(engine, WEB, { type: 'cds', name: 'pay' }))).toContain('"exact":"spiffe://default/zone-egress"');
  });
});

describe('services by tag of other zones', () => {
  const gate = (address: string, version = 1): Resource => resource('ZoneIngress', 'gate', { zone: 'zone-2', networking: { address: '10.8.0.1', port: 10001, advertisedAddress: address, advertisedPort: 10001 }, availableServices: [{ tags: { 'kuma.io/service': 'far', 'kuma.io/protocol': 'http' }, instances: 2, mesh: 'default' }] }, { mesh: '', version });

  it('are passed on to where their zones are entered, where the mesh wants it', () => {
    const engine = start([zoneEgress, meshOf(), gate('192.0.2.1')]);
    expect(chains(engine)).toEqual([]);
    apply(engine, meshOf({ routing: { zoneEgress: true } }, 2));
    expect(readPassages(engine, WAY_OUT, LISTENER)).toEqual(['far{mesh=default} -> default:far']);
    expect(readEndpoints(engine, WAY_OUT, 'default:far')).toEqual(['192.0.2.1:10001']);
    expect(apply(engine, gate('192.0.2.9', 2))).toEqual(['egress-1: default:far']);
    expect(readEndpoints(engine, WAY_OUT, 'default:far')).toEqual(['192.0.2.9:10001']);
    expect(engine.config(WAY_OUT)?.problems).toEqual([]);
  });
});
