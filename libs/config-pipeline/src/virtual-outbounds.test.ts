import type { Change, Resource } from '@weft/resource-model';
import { expect, it } from 'vitest';
import type { ConfigEngine } from './config-engine.ts';
import { createConfigEngine } from './create-config-engine.ts';
import { client, dataplane, drain, mesh, resource, virtualIp } from './testing.ts';

const PARAMETERS = [{ name: 'service', tagKey: 'kuma.io/service' }, { name: 'version' }];
const virtualOutbound = (name: string, host: string, port = '80', version = 1) =>
  resource('VirtualOutbound', name, { selectors: [{ match: { 'kuma.io/service': 'api' } }], conf: { host, port, parameters: PARAMETERS } }, { version });
const hostVip = (ip: string, hostname: string) => resource('VirtualIp', ip, { hostname }, { mesh: '' });

function started(...more: readonly Resource[]): ConfigEngine {
  const engine = createConfigEngine();
  engine.load([
    mesh('STRICT'), virtualIp('240.0.0.1', 'api'), hostVip('240.0.0.7', 'v1.api.test'), hostVip('240.0.0.8', 'v2.api.test'),
    dataplane({ name: 'web-1', address: '10.0.0.1', service: 'web', redirected: true }),
    dataplane({ name: 'api-1', address: '10.0.0.2', service: 'api', tags: { version: 'v1' } }),
    dataplane({ name: 'api-2', address: '10.0.0.3', service: 'api', tags: { version: 'v2' } }),
    ...more,
  ]);
  engine.connect(client('web-1'));
  drain(engine);
  return engine;
}

const config = (engine: ConfigEngine) => engine.config({ mesh: 'default', name: 'web-1' });
const listeners = (engine: ConfigEngine): string[] => [...(config(engine)?.snapshot.lds.keys() ?? [])].filter((name) => name.startsWith('outbound:240.')).sort();
const subsets = (engine: ConfigEngine): string[] => [...(config(engine)?.snapshot.cds.keys() ?? [])].filter((name) => name.startsWith('api'));

it('a VirtualOutbound gives a redirected proxy a listener for each host and port, and a cluster for each set of tags', () => {
  const engine = started(virtualOutbound('vo', '{{.version}}.{{.service}}.test', '8080'));
  expect(listeners(engine)).toEqual(['outbound:240.0.0.1:80', 'outbound:240.0.0.1:8080', 'outbound:240.0.0.7:8080', 'outbound:240.0.0.8:8080']);
  expect(subsets(engine)).toHaveLength(3);
  expect(config(engine)?.problems).toEqual([]);
});

it('an address of IPv6 is as good', () => {
  const engine = started(virtualOutbound('vo', 'six.test', '8080'), hostVip('fd00::7', 'six.test'));
  expect(config(engine)?.snapshot.lds.has('outbound:[fd00::7]:8080')).toBe(true);
  expect(config(engine)?.problems).toEqual([]);
});

it('it comes, changes and goes while proxies run; a host without an address has no listener yet', () => {
  const engine = started();
  const apply = (...changes: readonly Change[]): string[] => {
    engine.apply(changes);
    drain(engine);
    return listeners(engine).filter((name) => !name.startsWith('outbound:240.0.0.1:'));
  };
  expect(apply({ op: 'put', resource: virtualOutbound('vo', '{{.version}}.api.test') })).toEqual(['outbound:240.0.0.7:80', 'outbound:240.0.0.8:80']);
  expect(apply({ op: 'put', resource: virtualOutbound('vo', '{{.version}}.other', '80', 2) })).toEqual([]);
  expect(apply({ op: 'put', resource: hostVip('240.0.0.9', 'v1.other') })).toEqual(['outbound:240.0.0.9:80']);
  expect(apply({ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'api-1' } })).toEqual([]);
  expect(apply({ op: 'put', resource: hostVip('240.0.0.10', 'v2.other') })).toEqual(['outbound:240.0.0.10:80']);
  expect(apply({ op: 'delete', key: { type: 'VirtualOutbound', mesh: 'default', name: 'vo' } })).toEqual([]);
});

it('the address of a name that the mesh does not use is nobody\'s work', () => {
  const engine = started(virtualOutbound('vo', 'one.test'));
  const built = (changed: Resource): number => {
    const before = engine.counters.viewsBuilt;
    engine.apply([{ op: 'put', resource: changed }]);
    drain(engine);
    return engine.counters.viewsBuilt - before;
  };
  expect(built(hostVip('240.0.1.1', 'elsewhere.test'))).toBe(0);
  expect(built(virtualIp('240.0.1.2', 'nobody'))).toBe(0);
  expect(built(hostVip('240.0.1.3', 'one.test'))).toBeGreaterThan(0);
});

it('it wins over the plain name of a service on the same port, and has no effect on who knows real services only', () => {
  const engine = started(virtualOutbound('vo', 'api.mesh'));
  expect(listeners(engine)).toEqual(['outbound:240.0.0.1:80', 'outbound:240.0.0.1:8080']);
  expect(subsets(engine)).toHaveLength(2);
  const exclusive = mesh('STRICT', 2);
  engine.apply([{ op: 'put', resource: { ...exclusive, spec: { ...(exclusive.spec as object), meshServices: { mode: 'Exclusive' } } } }]);
  drain(engine);
  expect(listeners(engine)).toEqual([]);
});
