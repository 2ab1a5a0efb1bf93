import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, dataplane, drain, policy, readEndpoints, readPassages, readResource, resource } from '../testing.ts';

const EGRESS: ProxyKey = { mesh: '', name: 'egress', type: 'ZoneEgress' };
const INGRESS: ProxyKey = { mesh: '', name: 'ingress', type: 'ZoneIngress' };
const WEB: ProxyKey = { mesh: 'default', name: 'web' };
const WAY_IN = 'inbound:10.0.0.4:10001';
const WAY_OUT = 'inbound:10.0.0.5:10002';

const meshOf = (routing: object = { zoneEgress: true }): Resource => resource('Mesh', 'default', { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }, routing }, { mesh: '' });
const server = (service: string, tags: object = {}): Resource => resource('ExternalService', `${service}-${Object.values(tags).join('-')}`, { networking: { address: 'pay.example.com:443' }, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http', ...tags } });
const inEast = { 'kuma.io/zone': 'east' };
const web = dataplane({ name: 'web', address: '10.0.0.1', service: 'web', outbounds: [{ port: 8081, service: 'pay' }] });
const egressOf = (zone: string): Resource => resource('ZoneEgress', 'egress', { zone, networking: { address: '10.0.0.5', port: 10_002 } }, { mesh: '' });
const ingressOf = (zone: string): Resource => resource('ZoneIngress', 'ingress', { zone, networking: { address: '10.0.0.4', port: 10_001 } }, { mesh: '' });
/** What zone west knows of the way into zone east. */
const gate = (availableServices: readonly object[] = [{ tags: { 'kuma.io/service': 'pay', 'kuma.io/protocol': 'http', ...inEast }, instances: 1, mesh: 'default', externalService: true }]): Resource =>
  resource('ZoneIngress', 'gate', { zone: 'east', networking: { address: '10.8.0.1', port: 10_001, advertisedAddress: '192.0.2.1', advertisedPort: 10_001 }, availableServices }, { mesh: '', labels: { 'kuma.io/zone': 'east', 'kuma.io/origin': 'global' } });

function start(zone: string, resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine({ zone });
  engine.load([web, egressOf(zone), ingressOf(zone), ...resources]);
  for (const key of [WEB, EGRESS, INGRESS]) engine.connect(client(key.name, [], { key }));
  drain(engine);
  for (const key of [WEB, EGRESS, INGRESS]) expect(engine.config(key)?.problems).toEqual([]);
  return engine;
}

const waysOut = (engine: ConfigEngine): readonly string[] => {
  interface Chain { readonly name?: string; readonly filterChainMatch: { readonly serverNames: readonly string[] }; readonly transportSocket?: unknown }
  const { filterChains = [] } = (readResource(engine, EGRESS, { type: 'lds', name: WAY_OUT }) ?? {}) as unknown as { readonly filterChains?: readonly Chain[] };
  return filterChains.map(({ filterChainMatch, transportSocket }) => `${filterChainMatch.serverNames.join()} ${transportSocket === undefined ? 'passes' : 'ends'}`);
};

describe('a server that is bound to another zone', () => {
  const engine = start('west', [meshOf(), server('pay', inEast), gate()]);

  it('is called by way of the own egress, as one that ends TLS in that zone', () => {
    expect(readEndpoints(engine, WEB, 'pay')).toEqual(['10.0.0.5:10002']);
    const cluster = JSON.stringify(readResource(engine, WEB, { type: 'cds', name: 'pay' }));
    for (const text of ['"exact":"spiffe://default/zone-egress"', '"sni":"pay{mesh=default}"']) expect(cluster).toContain(text);
  });

  it('is passed on to the way into that zone', () => {
    expect(waysOut(engine)).toEqual(['pay{mesh=default} passes']);
    expect(readPassages(engine, EGRESS, WAY_OUT)).toEqual(['pay{mesh=default} -> default:pay']);
    expect(readEndpoints(engine, EGRESS, 'default:pay')).toEqual(['192.0.2.1:10001']);
  });

  it('is not offered to others: they know that zone themselves', () => {
    expect(readPassages(engine, INGRESS, WAY_IN).some((way) => way.startsWith('pay'))).toBe(false);
  });

  it('stands behind servers of the own zone, but is found by its tags', () => {
    const to = (zone: string): object => ({ kind: 'MeshServiceSubset', name: 'pay', tags: { 'kuma.io/zone': zone }, weight: 1 });
    const route = policy('MeshTCPRoute', 'split', { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'MeshService', name: 'pay' }, rules: [{ default: { backendRefs: [to('east'), to('west')] } }] }] });
    const both = start('west', [meshOf(), server('pay', inEast), server('pay', { 'kuma.io/zone': 'west' }), gate(), route]);
    expect(waysOut(both)).toEqual(['pay{kuma.io/zone=east,mesh=default} passes', 'pay{mesh=default} ends', 'pay{kuma.io/zone=west,mesh=default} ends']);
    expect(readPassages(both, EGRESS, WAY_OUT)[0]).toBe('pay{kuma.io/zone=east,mesh=default} -> default:pay:beyond');
    expect(readEndpoints(both, EGRESS, 'default:pay:beyond')).toEqual(['192.0.2.1:10001']);
  });

  it('is nowhere while that zone does not offer it', () => {
    expect(waysOut(start('west', [meshOf(), server('pay', inEast), gate([])]))).toEqual([]);
  });
});

describe('in the zone that it is bound to, a server', () => {
  it('is offered by the ingress, which leads to the egress', () => {
    const engine = start('east', [meshOf(), server('pay', inEast)]);
    expect(readPassages(engine, INGRESS, WAY_IN)).toContain('pay{mesh=default} -> default:pay');
    expect(readEndpoints(engine, INGRESS, 'default:pay')).toEqual(['10.0.0.5:10002']);
    expect(waysOut(engine)).toEqual(['pay{mesh=default} ends']);
  });

  it.each([
    ['is bound to no zone', [meshOf(), server('pay')]],
    ['is dialled by sidecars', [meshOf({}), server('pay', inEast)]],
  ])('is not offered where it %s', (_name, resources) => {
    expect(readPassages(start('east', resources), INGRESS, WAY_IN).some((way) => way.startsWith('pay'))).toBe(false);
  });
});
