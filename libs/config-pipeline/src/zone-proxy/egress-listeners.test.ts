import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, drain, policy, readEndpoints, readResource, resource } from '../testing.ts';

const GATE: ProxyKey = { mesh: 'default', name: 'gate' };
const WEB: ProxyKey = { mesh: 'default', name: 'web-1' };
const LISTENER = 'self_zoneegress_dp_out';
/** Of the server, at an egress listener; sidecars without unified names call it otherwise. */
const HTTPBIN = 'kri_extsvc_default___httpbin_80';
const SEEN = 'default_httpbin___extsvc_80';
const MTLS = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] };

const meshOf = (mode: string, spec: object = {}, version = 1): Resource => resource('Mesh', 'default', { meshServices: { mode }, ...spec }, { mesh: '', version });
const IDENTITY = [
  resource('MeshIdentity', 'id', { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'one.test' }, provider: { type: 'Bundled' } }),
  resource('MeshTrust', 'id', { trustDomain: 'one.test', caBundles: [] }),
  resource('TrustBundle', 'identity.id', { backend: 'identity.id', generation: 1, caPem: [] }),
];
const out = { type: 'ZoneEgress', name: 'out', port: 10_002 };
const gate = (listeners: readonly object[] = [out], version = 1): Resource => resource('Dataplane', 'gate', { networking: { address: '10.0.0.5', listeners } }, { version, labels: { 'kuma.io/workload': 'gate' } });
const web = resource('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }], outbound: [{ port: 8081, backendRef: { kind: 'MeshExternalService', name: 'httpbin', port: 80 } }] } }, { labels: { 'kuma.io/workload': 'web' } });
const external = (name: string, spec: object = {}, version = 1): Resource => resource('MeshExternalService', name, { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: '10.0.0.6', port: 18_000 }], ...spec }, { version, labels: { 'kuma.io/origin': 'global' } });
const permit = (spec: object): Resource => policy('MeshTrafficPermission', 'p', spec);
const zoneEgress = resource('ZoneEgress', 'egress-1', { zone: 'east', networking: { address: '10.0.0.9', port: 10_002 } }, { mesh: '' });

function start(resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine({ zone: 'east' });
  engine.load(resources);
  for (const name of ['gate', 'web-1']) engine.connect(client(name));
  drain(engine);
  return engine;
}

function apply(engine: ConfigEngine, ...resources: readonly Resource[]): readonly string[] {
  engine.apply(resources.map((one) => ({ op: 'put', resource: one })));
  return drain(engine).map(({ proxy, changed }) => `${proxy.name}: ${Object.values(changed).flatMap((names) => [...names]).sort().join(' ')}`);
}

/** A listener with its routes. */
const text = (engine: ConfigEngine, name = LISTENER): string => {
  const routes = [...(engine.config(GATE)?.snapshot.rds.keys() ?? [])].filter((one) => one.startsWith(`${name}:`));
  return JSON.stringify([readResource(engine, GATE, { type: 'lds', name }), ...routes.map((one) => readResource(engine, GATE, { type: 'rds', name: one }))]);
};
const seen = (engine: ConfigEngine): string => JSON.stringify(readResource(engine, WEB, { type: 'cds', name: SEEN }));

describe('a listener of type ZoneEgress', () => {
  const usual = [meshOf('Exclusive'), ...IDENTITY, gate(), web, external('httpbin')];

  it('leads to MeshExternalServices by KRI, with the identity of its Dataplane', () => {
    const engine = start(usual);
    expect(readResource(engine, GATE, { type: 'lds', name: LISTENER })).toMatchObject({
      address: { socketAddress: { address: '10.0.0.5', portValue: 10_002 } },
      filterChains: [{ name: HTTPBIN, filterChainMatch: { transportProtocol: 'tls', serverNames: ['sni.extsvc.default.httpbin.80'] }, transportSocket: { typedConfig: { requireClientCertificate: true } } }],
    });
    for (const name of ['kri_mid_default___id_', 'system_trust_bundle']) expect(text(engine)).toContain(`"name":"${name}"`);
    expect(text(engine)).not.toContain('matchTypedSubjectAltNames');
    expect(readResource(engine, GATE, { type: 'cds', name: HTTPBIN })).toMatchObject({ type: 'STATIC', connectTimeout: '5s' });
    expect(engine.config(GATE)).toMatchObject({ problems: [], secrets: [{ kind: 'workload', spiffeId: 'spiffe://one.test/workload/gate' }, { kind: 'trust-bundle' }, { kind: 'admin' }, { kind: 'admin-clients' }] });
  });

  it.each([
    ['the mesh has services by tag', [meshOf('Everywhere'), ...IDENTITY, gate(), external('httpbin')]],
    ['its Dataplane has no MeshIdentity', [meshOf('Exclusive', { mtls: MTLS }), gate(), external('httpbin')]],
    ['there is nowhere to go', [meshOf('Exclusive'), ...IDENTITY, gate()]],
    ['it is not ready', [meshOf('Exclusive'), ...IDENTITY, gate([{ ...out, state: 'NotReady' }]), external('httpbin')]],
  ])('is left out where %s', (_name, resources) => {
    const engine = start([...resources, web, zoneEgress]);
    expect([...(engine.config(GATE)?.snapshot.lds.keys() ?? [])]).toEqual(['kuma:envoy:admin']);
    expect(readEndpoints(engine, WEB, SEEN)).not.toContain('10.0.0.5:10002');
  });

  it('refuses whom no permission allows; permissions may be about one listener, or one server', () => {
    const engine = start([...usual, external('db')]);
    const denials = (name?: string): number => text(engine, name).split('"action":"DENY"').length - 1;
    // Two chains: each has a filter that denies, and a route that says so again.
    expect(denials()).toBe(4);
    const second = { ...out, name: 'other', port: 10_003 };
    apply(engine, gate([out, second], 2));
    const rule = { spiffeID: { type: 'Exact', value: 'spiffe://one.test/workload/web' } };
    const one = permit({ targetRef: { kind: 'Dataplane', name: 'gate', sectionName: 'out' }, rules: [{ default: { allow: [rule] } }] });
    expect(apply(engine, one)).toEqual([`gate: ${['db', 'httpbin'].map((name) => `${LISTENER}:kri_extsvc_default___${name}_80`).join(' ')}`]);
    expect(text(engine)).toContain('workload/web');
    expect(text(engine, 'self_zoneegress_dp_other')).not.toContain('workload/web');
    apply(engine, { ...permit({ targetRef: { kind: 'Mesh' }, from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] }), version: 2 });
    for (const name of [LISTENER, 'self_zoneegress_dp_other']) expect(text(engine, name)).toContain('kri_mtp_default___p_from_0');
    expect(denials()).toBe(2);
  });

  it('treats servers as policies say that match its Dataplane', () => {
    const engine = start(usual);
    const limits = (targetRef: object, version: number): Resource => policy('MeshCircuitBreaker', 'few', { targetRef, to: [{ targetRef: { kind: 'MeshExternalService', name: 'httpbin' }, default: { connectionLimits: { maxRequests: 7 } } }] }, version);
    const cluster = (): string => JSON.stringify(readResource(engine, GATE, { type: 'cds', name: HTTPBIN }));
    apply(engine, limits({ kind: 'Dataplane', labels: { 'kuma.io/workload': 'web' } }, 1));
    expect(cluster()).not.toContain('"maxRequests":7');
    expect(apply(engine, limits({ kind: 'Mesh' }, 2))).toContain(`gate: ${HTTPBIN}`);
    expect(cluster()).toContain('"maxRequests":7');
  });

  it('follows its servers, cluster by cluster', () => {
    const engine = start(usual);
    expect(apply(engine, external('httpbin', { endpoints: [{ address: 'a.example.com', port: 443 }], tls: { enabled: true, verification: { caCert: { secret: 'ca' } } } }, 2))).toEqual([`gate: ${HTTPBIN}`]);
    expect(engine.config(GATE)?.secrets).toContainEqual({ kind: 'external-ca', name: `external_ca:secret:${HTTPBIN}`, mesh: 'default', ca: { secret: 'ca' } });
    engine.apply([{ op: 'delete', key: { type: 'MeshExternalService', mesh: 'default', name: 'httpbin' } }]);
    drain(engine);
    expect(text(engine)).toBe('[null]');
    expect(engine.config(GATE)?.snapshot.cds.has(HTTPBIN)).toBe(false);
  });
});

describe('sidecars', () => {
  it('go by way of the listeners of their mesh, and know these by their identities', () => {
    const engine = start([meshOf('Exclusive'), ...IDENTITY, web, external('httpbin')]);
    expect(readEndpoints(engine, WEB, SEEN)).toEqual([]);
    apply(engine, gate());
    expect(readEndpoints(engine, WEB, SEEN)).toEqual(['10.0.0.5:10002']);
    expect(seen(engine)).toContain('"exact":"spiffe://one.test/workload/gate"');
    expect(seen(engine)).toContain('"sni":"sni.extsvc.default.httpbin.80"');
    engine.apply([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'gate' } }]);
    drain(engine);
    expect(readEndpoints(engine, WEB, SEEN)).toEqual([]);
    expect(seen(engine)).not.toContain('workload/gate');
  });

  it('go by way of a ZoneEgress while the mesh, which has a CA, has no such listener', () => {
    const engine = start([meshOf('Exclusive', { mtls: MTLS }), ...IDENTITY, web, external('httpbin'), zoneEgress, gate([{ ...out, state: 'NotReady' }])]);
    expect(readEndpoints(engine, WEB, SEEN)).toEqual(['10.0.0.9:10002']);
    apply(engine, gate([out], 2));
    expect(readEndpoints(engine, WEB, SEEN)).toEqual(['10.0.0.5:10002']);
    // Clients without an identity say another name, and are believed too.
    expect(text(engine)).toContain('"serverNames":["a260442408b1a89a9.httpbin.80.default.mes","sni.extsvc.default.httpbin.80"]');
    engine.apply([{ op: 'delete', key: { type: 'MeshTrust', mesh: 'default', name: 'id' } }]);
    drain(engine);
    expect(readEndpoints(engine, WEB, SEEN)).toEqual(['10.0.0.9:10002']);
  });
});
