import type { ProxyKey } from '@weft/proxy-view';
import type { Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from '../config-engine.ts';
import { createConfigEngine } from '../create-config-engine.ts';
import { client, dataplane, drain, policy, readResource, resource } from '../testing.ts';

const EGRESS: ProxyKey = { mesh: '', name: 'egress', type: 'ZoneEgress' };
const WEB: ProxyKey = { mesh: 'default', name: 'web' };
const mesh = resource('Mesh', 'default', { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }, routing: { zoneEgress: true } }, { mesh: '' });
const egress = resource('ZoneEgress', 'egress', { zone: 'east', networking: { address: '10.0.0.5', port: 10_002 } }, { mesh: '' });
const web = dataplane({ name: 'web', address: '10.0.0.1', service: 'web', tags: { 'kuma.io/zone': 'east' }, labels: { 'kuma.io/zone': 'east' }, outbounds: [{ port: 8081, service: 'api' }] });
const local = dataplane({ name: 'api-1', address: '10.0.0.2', service: 'api', tags: { 'kuma.io/zone': 'east' } });
const gate = (zone: string, address: string): Resource => resource('ZoneIngress', `gate-${zone}`, {
  zone, networking: { address, port: 10_001, advertisedAddress: address, advertisedPort: 10_001 }, availableServices: [{ tags: { 'kuma.io/service': 'api', 'kuma.io/protocol': 'http', 'kuma.io/zone': zone }, instances: 1, mesh: 'default' }],
}, { mesh: '' });
const GATES = [gate('west', '192.0.2.1'), gate('north', '192.0.2.2'), gate('south', '192.0.2.3')];
const only = (...zones: readonly string[]): object => ({ to: { type: 'Only', zones } });
const strategy = (failover: readonly object[], version = 1, targetRef: object = { kind: 'Mesh' }): Resource => policy('MeshLoadBalancingStrategy', 'zones', { targetRef, to: [{ targetRef: { kind: 'MeshService', name: 'api' }, default: { localityAwareness: { crossZone: { failover, failoverThreshold: { percentage: 70 } } } } }] }, version);

function start(resources: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine({ zone: 'east' });
  engine.load([mesh, egress, web, local, ...GATES, ...resources]);
  for (const key of [WEB, EGRESS]) engine.connect(client(key.name, [], { key }));
  drain(engine);
  return engine;
}

/** `<priority> <zone>: <addresses>`, zones of egresses without what tells them apart. */
function places(engine: ConfigEngine, key: ProxyKey, name: string): readonly string[] {
  interface Locality { readonly locality?: { readonly zone?: string }; readonly priority?: number; readonly lbEndpoints: readonly { readonly endpoint: { readonly address: { readonly socketAddress: { readonly address: string } } } }[] }
  const { endpoints = [] } = readResource(engine, key, { type: 'eds', name }) as unknown as { readonly endpoints?: readonly Locality[] };
  return endpoints.map(({ locality, priority = 0, lbEndpoints }) => `${priority} ${locality?.zone?.replace(/_.*/, '') ?? '-'}: ${lbEndpoints.map(({ endpoint }) => endpoint.address.socketAddress.address).join()}`);
}

describe('crossZone where the mesh leaves other zones to its egresses', () => {
  it('orders zones at the egress; for sidecars it is one reserve', () => {
    const engine = start([strategy([only('north'), only('west')])]);
    expect(places(engine, WEB, 'api')).toEqual(['0 east: 10.0.0.2', '1 egress: 10.0.0.5']);
    expect(places(engine, EGRESS, 'default:api')).toEqual(['0 north: 192.0.2.2', '1 west: 192.0.2.1']);
    expect(readResource(engine, EGRESS, { type: 'eds', name: 'default:api' })).toMatchObject({ policy: { overprovisioningFactor: 100 } });
  });

  it('follows the policy, whichever proxies it is about, and rules for other zones than this count nowhere', () => {
    const engine = start([]);
    expect(places(engine, EGRESS, 'default:api')).toEqual(['0 north: 192.0.2.2', '0 south: 192.0.2.3', '0 west: 192.0.2.1']);
    engine.apply([{ op: 'put', resource: strategy([{ from: { zones: ['west'] }, to: { type: 'Any' } }, only('south'), { to: { type: 'AnyExcept', zones: ['west'] } }], 1, { kind: 'MeshSubset', tags: { 'kuma.io/service': 'other' } }) }]);
    expect(drain(engine).map(({ proxy, changed }) => [proxy.name, changed])).toEqual([['egress', { eds: new Set(['default:api']) }]]);
    expect(places(engine, EGRESS, 'default:api')).toEqual(['0 south: 192.0.2.3', '1 north: 192.0.2.2']);
  });

  it('that leads nowhere leaves the own zone alone', () => {
    expect(places(start([strategy([{ to: { type: 'None' } }])]), WEB, 'api')).toEqual(['0 east: 10.0.0.2']);
  });

  it('goes to the next zone once one is not entered any more', () => {
    const engine = start([strategy([only('north'), only('west')])]);
    engine.apply([{ op: 'delete', key: { type: 'ZoneIngress', mesh: '', name: 'gate-north' } }]);
    drain(engine);
    expect(places(engine, EGRESS, 'default:api')).toEqual(['0 west: 192.0.2.1']);
  });
});
