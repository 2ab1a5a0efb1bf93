import { fromBinary } from '@bufbuild/protobuf';
import { RouteConfigurationSchema } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { describe, expect, it } from 'vitest';
import { createConfigEngine } from './create-config-engine.ts';
import type { Change } from '@weft/resource-model';
import type { ConfigEngine } from './config-engine.ts';
import { client, dataplane, drain, mesh, virtualIp } from './testing.ts';

const EMBEDDED = ['feature-embedded-dns'];
const DNS = { dnsPort: 15_054, workdir: '/run/web' };

function start(serviceDomain?: string): ConfigEngine {
  const engine = createConfigEngine(serviceDomain === undefined ? {} : { serviceDomain });
  engine.load([
    mesh('STRICT'), virtualIp('240.0.0.1', 'api'),
    dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', redirected: true, labels: { 'kuma.io/workload': 'web', 'kuma.io/zone': 'east', other: 'x' } }),
    dataplane({ name: 'api-1', address: '10.0.0.2', service: 'api' }),
  ]);
  return engine;
}

function served(engine: ConfigEngine, features: readonly string[], more: Parameters<typeof client>[2] = DNS) {
  engine.connect(client('web-1', features, more));
  drain(engine);
  return engine.config({ mesh: 'default', name: 'web-1' });
}

function table(config: ReturnType<typeof served>): unknown {
  const body = config?.snapshot.rds.get('_kuma:dynamicconfig')?.body;
  const action = body === undefined ? undefined : fromBinary(RouteConfigurationSchema, body).virtualHosts[0]?.routes[1]?.action;
  return action?.case === 'directResponse' && action.value.body?.specifier.case === 'inlineString' ? JSON.parse(action.value.body.specifier.value) : undefined;
}

describe('names of a redirected proxy', () => {
  it('are read by an agent that answers them itself', () => {
    const config = served(start(), EMBEDDED);
    expect(config?.snapshot.lds.has('_kuma:dynamicconfig')).toBe(true);
    expect(config?.snapshot.lds.has('kuma:dns')).toBe(false);
    expect(table(config)).toEqual({ records: [{ name: 'api.mesh', ips: ['240.0.0.1'] }], ttl: 30, extraLabels: { kuma_io_zone: 'east', kuma_workload: 'web', mesh: 'default' } });
    expect(config?.problems).toEqual([]);
  });

  it('come with the domains of HostnameGenerators, in which no others exist', () => {
    const engine = start();
    const generator = (name: string, template: string): Change => ({ op: 'put', resource: { type: 'HostnameGenerator', mesh: '', name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { selector: { meshService: {} }, template } } });
    engine.apply([generator('own', '{{ .Name }}.svc.mesh.local')]);
    expect(table(served(engine, EMBEDDED))).not.toHaveProperty('domains');
    engine.apply([generator('corp', '{{ .Name }}.corp.example')]);
    drain(engine);
    const config = engine.config({ mesh: 'default', name: 'web-1' });
    expect(table(config)).toMatchObject({ records: [{ name: 'api.mesh' }], domains: ['corp.example'] });
    engine.apply([{ op: 'delete', key: { type: 'HostnameGenerator', mesh: '', name: 'corp' } }]);
    drain(engine);
    expect(table(engine.config({ mesh: 'default', name: 'web-1' }))).not.toHaveProperty('domains');
  });

  it('come with the domain of services where that is another one than agents know', () => {
    expect(table(served(start('mesh'), EMBEDDED))).not.toHaveProperty('domains');
    const engine = start('internal');
    expect(table(served(engine, EMBEDDED))).toMatchObject({ domains: ['internal'] });
    expect(engine.knowledge('default').serviceDomain).toBe('internal');
  });

  it('are answered by Envoy for every other agent', () => {
    const config = served(start(), []);
    expect(config?.snapshot.lds.has('kuma:dns')).toBe(true);
    expect(config?.snapshot.lds.has('_kuma:dynamicconfig')).toBe(false);
    expect(config?.problems).toEqual([]);
  });

  it('are nobody\'s business where DNS or connections are not redirected', () => {
    const none = served(start(), [], { workdir: '/run/web' });
    expect([...(none?.snapshot.lds.keys() ?? [])].filter((name) => name.includes('dns') || name.includes('dynamic'))).toEqual([]);
    const engine = start();
    engine.connect(client('api-1', EMBEDDED, DNS));
    drain(engine);
    expect(engine.config({ mesh: 'default', name: 'api-1' })?.snapshot.lds.has('_kuma:dynamicconfig')).toBe(false);
  });

  it('come and go with their addresses; a new way of answering replaces the old one', () => {
    const engine = start();
    expect(table(served(engine, EMBEDDED))).toMatchObject({ records: [{ name: 'api.mesh' }] });
    engine.apply([{ op: 'delete', key: { type: 'VirtualIp', mesh: '', name: '240.0.0.1' } }]);
    const [update] = drain(engine);
    expect([...(update?.changed.rds ?? [])]).toContain('_kuma:dynamicconfig');
    expect(table(update?.config)).toMatchObject({ records: [] });
    engine.connect(client('web-1', [], DNS));
    const [switched] = drain(engine);
    expect([...(switched?.changed.lds ?? [])].sort()).toEqual(['_kuma:dynamicconfig', 'kuma:dns']);
  });
});

describe('direct access', () => {
  it('follows the instances of the services', () => {
    const engine = createConfigEngine();
    const base = dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', redirected: true });
    const networking = (base.spec as { networking: { transparentProxying: object } }).networking;
    const spec = { networking: { ...networking, transparentProxying: { ...networking.transparentProxying, directAccessServices: ['api'] } } };
    engine.load([mesh('STRICT'), { ...base, spec }, dataplane({ name: 'api-1', address: '10.0.0.2', service: 'api' })]);
    engine.connect(client('web-1'));
    drain(engine);
    const listeners = (): string[] => [...(engine.config({ mesh: 'default', name: 'web-1' })?.snapshot.lds.keys() ?? [])].filter((name) => name.startsWith('direct')).sort();
    expect(listeners()).toEqual(['direct_access_10.0.0.2:8080']);
    engine.apply([{ op: 'put', resource: dataplane({ name: 'api-2', address: '10.0.0.3', service: 'api' }) }]);
    drain(engine);
    expect(listeners()).toEqual(['direct_access_10.0.0.2:8080', 'direct_access_10.0.0.3:8080']);
    expect(engine.config({ mesh: 'default', name: 'web-1' })).toMatchObject({ problems: [] });
    expect(engine.config({ mesh: 'default', name: 'web-1' })?.snapshot.cds.has('direct_access')).toBe(true);
  });
});
