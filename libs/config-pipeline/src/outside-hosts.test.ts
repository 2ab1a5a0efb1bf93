import type { Change, Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, dataplane, drain, mesh, resource } from './testing.ts';

const hostVip = (ip: string, hostname: string): Resource => resource('VirtualIp', ip, { hostname }, { mesh: '' });
const outside = (name: string, service: string, networking: object, version = 1): Resource => resource('ExternalService', name, { networking, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }, { version });

function started(...more: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([mesh(), dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', redirected: true }), ...more]);
  engine.connect(client('web-1'));
  drain(engine);
  return engine;
}

const config = (engine: ConfigEngine) => engine.config({ mesh: 'default', name: 'web-1' });
const listeners = (engine: ConfigEngine): string[] => [...(config(engine)?.snapshot.lds.keys() ?? [])].filter((name) => name.startsWith('outbound:240.')).sort();
const apply = (engine: ConfigEngine, ...changes: readonly Change[]): string[] => {
  engine.apply(changes);
  drain(engine);
  return listeners(engine);
};

describe('own names of ExternalServices', () => {
  it('lead a redirected proxy to their services, on their ports', () => {
    const engine = started(hostVip('240.0.0.5', 'api.partner.test'), outside('a', 'pay', { address: 'API.partner.test:443' }), outside('b', 'status', { address: 'api.partner.test:8080' }));
    expect(listeners(engine)).toEqual(['outbound:240.0.0.5:443', 'outbound:240.0.0.5:8080']);
    expect([...(config(engine)?.snapshot.cds.keys() ?? [])]).toEqual(expect.arrayContaining(['pay', 'status']));
    expect(config(engine)?.problems).toEqual([]);
  });

  it('do so as soon as they have an address, and no longer than they are wanted', () => {
    const engine = started(outside('a', 'pay', { address: 'api.partner.test:443' }));
    expect(listeners(engine)).toEqual([]);
    expect(apply(engine, { op: 'put', resource: hostVip('240.0.0.5', 'api.partner.test') })).toEqual(['outbound:240.0.0.5:443']);
    expect(apply(engine, { op: 'put', resource: outside('a', 'pay', { address: 'api.partner.test:443', disableHostDNSEntry: true }, 2) })).toEqual([]);
    expect(apply(engine, { op: 'put', resource: outside('a', 'pay', { address: 'api.partner.test:444' }, 3) })).toEqual(['outbound:240.0.0.5:444']);
    expect(apply(engine, { op: 'delete', key: { type: 'ExternalService', mesh: 'default', name: 'a' } })).toEqual([]);
  });

  it('mean nothing in a mesh of MeshServices only', () => {
    const exclusive = resource('Mesh', 'default', { meshServices: { mode: 'Exclusive' } }, { mesh: '', version: 2 });
    expect(listeners(started(exclusive, hostVip('240.0.0.5', 'api.partner.test'), outside('a', 'pay', { address: 'api.partner.test:443' })))).toEqual([]);
  });
});
