import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, drain, policy, readResource, resource } from '../testing.ts';

const GATE: ProxyKey = { mesh: 'default', name: 'gate' };
const IN = 'self_zoneingress_dp_in';
const OTHER = 'self_zoneingress_dp_other';
const OUT = 'self_zoneegress_dp_out';

const service = (name: string): Resource => resource('MeshService', name, { selector: { dataplaneTags: { app: name } }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] }, { labels: { 'kuma.io/display-name': name, 'kuma.io/zone': 'east' } });
const MESH: readonly Resource[] = [
  resource('Mesh', 'default', { meshServices: { mode: 'Exclusive' } }, { mesh: '' }),
  resource('MeshIdentity', 'id', { selector: { dataplane: { matchLabels: {} } }, spiffeID: { trustDomain: 'one.test' }, provider: { type: 'Bundled' } }),
  resource('MeshTrust', 'id', { trustDomain: 'one.test', caBundles: [] }),
  resource('TrustBundle', 'identity.id', { backend: 'identity.id', generation: 1, caPem: [] }),
  service('web'), service('api'),
  resource('MeshExternalService', 'httpbin', { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: '10.0.0.6', port: 18_000 }] }, { labels: { 'kuma.io/origin': 'global' } }),
  resource('Dataplane', 'gate', { networking: { address: '10.0.0.5', listeners: [{ type: 'ZoneIngress', name: 'in', port: 10_001 }, { type: 'ZoneIngress', name: 'other', port: 10_003 }, { type: 'ZoneEgress', name: 'out', port: 10_002 }] } }, { labels: { 'kuma.io/workload': 'gate', gate: 'yes' } }),
  resource('Dataplane', 'app', { networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'app' } }] } }, { labels: { 'kuma.io/workload': 'app' } }),
];

let engine: ConfigEngine;
beforeEach(() => {
  engine = createConfigEngine({ zone: 'east' });
  engine.load(MESH);
  for (const name of ['gate', 'app']) engine.connect(client(name));
  drain(engine);
});

function apply(resourceToPut: Resource): readonly string[] {
  engine.apply([{ op: 'put', resource: resourceToPut }]);
  return drain(engine).map(({ proxy, changed }) => `${proxy.name}: ${Object.values(changed).flatMap((names) => [...names]).sort().join(' ')}`);
}

/** The filter chains of a listener as text, by the name in TLS. */
function chains(name: string): Readonly<Record<string, string>> {
  const { filterChains } = readResource(engine, GATE, { type: 'lds', name }) as unknown as { readonly filterChains: readonly { readonly filterChainMatch: { readonly serverNames: readonly [string] } }[] };
  return Object.fromEntries(filterChains.map((chain) => [chain.filterChainMatch.serverNames[0].replace(/^sni\.[a-z]+\.default\./, ''), JSON.stringify(chain)]));
}
const idle = (seconds: number): string => `"idleTimeout":"${seconds}s"`;
const timeout = (targetRef: object, ...rules: readonly object[]): Resource => policy('MeshTimeout', 'p', { targetRef, rules });

describe('a ZoneIngress listener of a Dataplane', () => {
  it('is what a policy about its section is about, and nothing else is', () => {
    expect(apply(timeout({ kind: 'Dataplane', labels: { gate: 'yes' }, sectionName: 'in' }, { default: { idleTimeout: '9s' } }))).toEqual([`gate: ${IN}`]);
    for (const chain of Object.values(chains(IN))) expect(chain).toContain(idle(9));
    for (const chain of Object.values(chains(OTHER))) expect(chain).not.toContain('idleTimeout');
  });

  it.each([
    ['the mesh', { kind: 'Mesh' }, true],
    ['Dataplanes with its labels', { kind: 'Dataplane', labels: { gate: 'yes' } }, true],
    ['Dataplanes with other labels', { kind: 'Dataplane', labels: { gate: 'no' } }, false],
    ['proxies with tags', { kind: 'MeshSubset', tags: { app: 'gate' } }, false],
  ])('is among what policies about %s are about', (_, targetRef, counts) => {
    apply(timeout(targetRef, { default: { idleTimeout: '9s' } }));
    expect(Object.values(chains(IN)).every((chain) => chain.includes(idle(9)))).toBe(counts);
  });

  it('has rules for one name, which go over those for all', () => {
    const matches = [{ sni: { type: 'Exact', value: 'sni.msvc.default.east.Web.80' } }];
    apply(timeout({ kind: 'Mesh' }, { matches, default: { idleTimeout: '7s' } }, { default: { idleTimeout: '9s' } }));
    expect(['east.web.80', 'east.api.80'].map((name) => [chains(IN)[name]?.includes(idle(7)), chains(IN)[name]?.includes(idle(9))])).toEqual([[true, false], [false, true]]);
  });

  it('limits connections, and does not read requests', () => {
    apply(policy('MeshRateLimit', 'p', { targetRef: { kind: 'Mesh' }, rules: [{ default: { local: { http: { requestRate: { num: 5, interval: '1s' } }, tcp: { connectionRate: { num: 6, interval: '1s' } } } } }] }));
    expect(Object.values(chains(IN)).join('')).toContain('"maxTokens":6');
    expect(Object.values(chains(IN)).join('')).not.toContain('"maxTokens":5');
  });

  it('logs connections when they begin, too, and reaches the collector', () => {
    const to = (backend: object): Resource => policy('MeshAccessLog', 'p', { targetRef: { kind: 'Dataplane', labels: { gate: 'yes' }, sectionName: 'in' }, rules: [{ default: { backends: [backend] } }] });
    expect(apply(to({ type: 'OpenTelemetry', openTelemetry: { endpoint: 'otel.example.com:4317' } }))).toEqual([`gate: meshaccesslog:opentelemetry:otel.example.com:4317 ${IN}`]);
    expect(Object.values(chains(IN)).join('')).toMatch(/"clusterName":"meshaccesslog:opentelemetry:otel.example.com:4317".*"flushAccessLogOnConnected":true/);
    expect(Object.values(chains(OTHER)).join('')).not.toContain('accessLog');
    expect(engine.config(GATE)?.problems).toEqual([]);
  });

  it('is not changed by what does not count there', () => {
    expect(apply(policy('MeshTrafficPermission', 'p', { targetRef: { kind: 'Mesh' }, from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }] })).join()).not.toContain(IN);
  });
});

describe('a ZoneEgress listener of a Dataplane', () => {
  const routes = (): string => JSON.stringify(readResource(engine, GATE, { type: 'rds', name: `${OUT}:kri_extsvc_default___httpbin_80` }));

  it('has timeouts, limits, faults and logs', () => {
    const spec = (conf: object): object => ({ targetRef: { kind: 'Dataplane', labels: { gate: 'yes' }, sectionName: 'out' }, rules: [{ default: conf }] });
    apply(policy('MeshTimeout', 'p', spec({ http: { requestTimeout: '3s' } })));
    apply(policy('MeshRateLimit', 'p', spec({ local: { http: { requestRate: { num: 5, interval: '1s' } } } })));
    apply(policy('MeshFaultInjection', 'p', spec({ http: [{ abort: { httpStatus: 418, percentage: '50' } }] })));
    for (const text of ['"timeout":"3s"', '"maxTokens":5', '"httpStatus":418']) expect(routes()).toContain(text);
    expect(apply(policy('MeshAccessLog', 'p', spec({ backends: [{ type: 'File', file: { path: '/var/log/out' } }] })))).toEqual([`gate: ${OUT}`]);
    expect(Object.values(chains(OUT)).join('')).toContain('/var/log/out');
  });

  it('has rules for one name', () => {
    const rules = (value: string): object => ({ rules: [{ matches: [{ sni: { type: 'Exact', value } }], default: { http: { requestTimeout: '3s' } } }] });
    apply(policy('MeshTimeout', 'p', { targetRef: { kind: 'Mesh' }, ...rules('sni.extsvc.default.httpbin.80') }));
    expect(routes()).toContain('"timeout":"3s"');
    apply(policy('MeshTimeout', 'p', { targetRef: { kind: 'Mesh' }, ...rules('sni.extsvc.default.other.80') }, 2));
    expect(routes()).not.toContain('"timeout":"3s"');
  });
});
