import { weftRegistry } from '@weft/policy-model';
import type { Change, Resource } from '@weft/resource-model';
import { beforeEach, expect, it } from 'vitest';
import { MeshIndex } from './mesh-index.ts';

const resource = (type: string, name: string, spec: unknown, more: Partial<Resource> = {}): Resource => ({ type, name, mesh: '', labels: {}, creationTime: '2026-01-01T00:00:00Z', modificationTime: '', version: 1, spec, ...more });
const put = (made: Resource): Change => ({ op: 'put', resource: made });
const verdict = (effect: string, version: number): Change => put(resource('ZoneWithdrawal', 'east', { effect, since: '' }, { version }));
const gone: Change = { op: 'delete', key: { type: 'ZoneWithdrawal', mesh: '', name: 'east' } };
const KEYS = ['tag:web', 'ms:web-east:80', 'mzms:webs:80'];

let index: MeshIndex;
beforeEach(() => {
  const services = [{ tags: { 'kuma.io/service': 'web', 'kuma.io/zone': 'east' }, instances: 2, mesh: 'default' }];
  const ingress = (name: string, zone: string, address: string): Resource => resource('ZoneIngress', name, { zone, networking: { advertisedAddress: address, advertisedPort: 1 }, availableServices: services });
  index = MeshIndex.rebuild((name) => weftRegistry.byName(name), [
    resource('Mesh', 'default', { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] } }),
    ingress('one', 'east', '192.0.2.1'), ingress('two', 'north', '192.0.2.2'),
    resource('MeshService', 'web-east', { selector: { dataplaneTags: { 'kuma.io/service': 'web' } }, ports: [{ port: 80, targetPort: 80 }] }, { mesh: 'default', labels: { 'kuma.io/zone': 'east', 'kuma.io/origin': 'global', app: 'web' } }),
    resource('MeshMultiZoneService', 'webs', { selector: { meshService: { matchLabels: { app: 'web' } } }, ports: [{ port: 80 }] }, { mesh: 'default' }),
  ], 'west');
});

/** `address: ready or lowered or usual`. */
function endpoints(): readonly (readonly string[])[] {
  return KEYS.map((key) => (index.mesh('default')?.endpoints.get(key)?.list() ?? []).map(({ address, ready, lowered }) => `${address}: ${ready ? (lowered === true ? 'lowered' : 'usual') : 'not ready'}`));
}

function touched(change: Change): unknown {
  const dirty = index.apply([change]).meshes.get('default');
  return dirty && { endpoints: [...dirty.endpoints].sort(), shapes: dirty.shapes.size, services: dirty.meshServices.size, mesh: dirty.mesh };
}

it('the endpoints of a withdrawn zone are not ready, those of a lowered one say so; nothing else changes', () => {
  const onlyEndpoints = { endpoints: [...KEYS].sort(), shapes: 0, services: 0, mesh: false };
  const usual = [['192.0.2.1: usual', '192.0.2.2: usual'], ['192.0.2.1: usual'], ['192.0.2.1: usual']];
  expect(endpoints()).toEqual(usual);
  expect(touched(verdict('withdrawn', 1))).toEqual(onlyEndpoints);
  expect(endpoints()).toEqual([['192.0.2.1: not ready', '192.0.2.2: usual'], ['192.0.2.1: not ready'], ['192.0.2.1: not ready']]);
  expect(touched(verdict('lowered', 2))).toEqual(onlyEndpoints);
  expect(endpoints()).toEqual([['192.0.2.1: lowered', '192.0.2.2: usual'], ['192.0.2.1: lowered'], ['192.0.2.1: lowered']]);
  expect(touched(gone)).toEqual(onlyEndpoints);
  expect(endpoints()).toEqual(usual);
});

it('an ingress that comes while its zone is withdrawn is not ready either', () => {
  index.apply([verdict('withdrawn', 1), put(resource('ZoneIngress', 'three', { zone: 'east', networking: { advertisedAddress: '192.0.2.3', advertisedPort: 1 } }))]);
  expect(endpoints()[1]).toEqual(['192.0.2.1: not ready', '192.0.2.3: not ready']);
});
