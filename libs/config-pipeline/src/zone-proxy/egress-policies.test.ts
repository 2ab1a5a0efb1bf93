import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, drain, policy, readResource, resource } from '../testing.ts';

const WAY_OUT: ProxyKey = { mesh: '', name: 'egress-1', type: 'ZoneEgress' };
const LISTENER = 'inbound:10.0.0.5:10002';
const zoneEgress = resource('ZoneEgress', 'egress-1', { zone: 'zone-1', networking: { address: '10.0.0.5', port: 10002 } }, { mesh: '' });
const mesh = resource('Mesh', 'default', { meshServices: { mode: 'Everywhere' }, mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }, routing: { zoneEgress: true } }, { mesh: '' });
const httpbin = resource('MeshExternalService', 'httpbin', { match: { type: 'HostnameGenerator', port: 80, protocol: 'http' }, endpoints: [{ address: '10.0.0.6', port: 18000 }] }, { labels: { 'kuma.io/origin': 'global' } });
const tagged = (name: string, tags: object = {}): Resource => resource('ExternalService', name, { networking: { address: 'pay.example.com:443' }, tags: { 'kuma.io/service': 'pay', 'kuma.io/protocol': 'http', ...tags } });

const limit = (num: number): object => ({ local: { http: { requestRate: { num, interval: '1h' } } } });
const limitOf = (num: number): string => `"maxTokens":${num}`;
const abort = (httpStatus: number): object => ({ http: [{ abort: { httpStatus, percentage: '100' } }] });
const legacy = (type: string, name: string, spec: { readonly to: object; readonly from?: object; readonly conf?: object }): Resource =>
  ({ ...resource(type, name, { sources: [{ match: spec.from ?? { 'kuma.io/service': '*' } }], destinations: [{ match: spec.to }], ...(spec.conf !== undefined && { conf: spec.conf }) }) });

function start(...resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine({ zone: 'zone-1' });
  engine.load([zoneEgress, mesh, ...resources]);
  engine.connect(client('egress-1', ['feature-reuse-port'], { key: WAY_OUT }));
  drain(engine);
  expect(engine.config(WAY_OUT)?.problems).toEqual([]);
  return engine;
}

const routesOf = (cluster: string): string => `${LISTENER}:${cluster}`;
/** The routes that lead to this cluster, as text. */
const routes = (engine: ConfigEngine, cluster: string): string => JSON.stringify(readResource(engine, WAY_OUT, { type: 'rds', name: routesOf(cluster) }));
const pay = (engine: ConfigEngine): string => routes(engine, 'default:pay');

describe('an egress keeps limits and faults for an ExternalService', () => {
  it.each([
    ['the mesh', { kind: 'Mesh' }, true],
    ['it', { kind: 'MeshService', name: 'pay' }, true],
    ['its tags', { kind: 'MeshSubset', tags: { region: 'eu' } }, true],
    ['another service', { kind: 'MeshService', name: 'shop' }, false],
    ['Dataplanes', { kind: 'Dataplane' }, false],
  ])('where the policy is about %s', (_, targetRef, counts) => {
    const engine = start(httpbin, tagged('pay', { region: 'eu' }), policy('MeshRateLimit', 'some', { targetRef, rules: [{ default: limit(7) }] }), policy('MeshFaultInjection', 'some', { targetRef, from: [{ targetRef: { kind: 'Mesh' }, default: abort(418) }] }));
    expect([pay(engine).includes(limitOf(7)), pay(engine).includes('"httpStatus":418')]).toEqual([counts, counts]);
    expect(routes(engine, 'default_httpbin___extsvc_80')).not.toMatch(/maxTokens|httpStatus|undefined/);
  });

  it('by the tags that all of its servers have', () => {
    const subset = policy('MeshRateLimit', 'eu', { targetRef: { kind: 'MeshSubset', tags: { region: 'eu' } }, rules: [{ default: limit(7) }] });
    expect(pay(start(tagged('pay', { region: 'eu' }), tagged('pay-2', { region: 'us' }), subset))).not.toContain(limitOf(7));
    expect(pay(start(tagged('pay', { region: 'eu' }), tagged('pay-2', { region: 'eu' }), subset))).toContain(limitOf(7));
  });

  it('and changes its routes only: no connection is drained', () => {
    const engine = start(tagged('pay'));
    engine.apply([{ op: 'put', resource: policy('MeshRateLimit', 'some', { targetRef: { kind: 'Mesh' }, rules: [{ matches: [{ spiffeID: { type: 'Exact', value: 'spiffe://default/web' } }], default: limit(3) }] }) }]);
    expect(drain(engine).map(({ changed }) => Object.entries(changed).map(([type, names]) => [type, [...names]]))).toEqual([[['rds', [routesOf('default:pay')]]]]);
    expect(pay(engine)).toContain('URI=spiffe://default/web');
  });
});

describe('policies of the first generation at an egress', () => {
  const toPay = { 'kuma.io/service': 'pay' };
  const rate = legacy('RateLimit', 'to-pay', { to: toPay, from: { 'kuma.io/service': 'web' }, conf: { http: { requests: 4, interval: '1h' } } });
  const fault = legacy('FaultInjection', 'to-pay', { to: { ...toPay, 'kuma.io/protocol': 'http' }, conf: { abort: { percentage: 100, httpStatus: 418 } } });

  it('count where none of today is about the service', () => {
    expect(pay(start(tagged('pay'), rate))).toMatch(/URI=spiffe:\/\/default\/web.*"maxTokens":4/);
    expect(pay(start(tagged('pay'), fault))).toContain('"httpStatus":418');
    const both = start(tagged('pay'), rate, fault, policy('MeshRateLimit', 'some', { targetRef: { kind: 'Mesh' }, rules: [{ default: limit(7) }] }));
    expect(pay(both)).toContain(limitOf(7));
    expect(pay(both)).not.toContain(limitOf(4));
    expect(pay(both)).toContain('"httpStatus":418');
  });

  it('of other types say nothing there', () => {
    const others = [
      legacy('Timeout', 't', { to: toPay, conf: { connectTimeout: '77s' } }),
      legacy('CircuitBreaker', 'c', { to: toPay, conf: { thresholds: { maxRequests: 77 } } }),
      legacy('HealthCheck', 'h', { to: toPay, conf: { interval: '77s', timeout: '1s', unhealthyThreshold: 1, healthyThreshold: 1, tcp: {} } }),
    ];
    const engine = start(tagged('pay'), ...others);
    expect(JSON.stringify(readResource(engine, WAY_OUT, { type: 'cds', name: 'default:pay' }))).not.toContain('77');
    expect(pay(engine)).not.toContain('77');
  });
});
