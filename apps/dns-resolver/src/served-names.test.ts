import type { Change, Resource } from '@weft/resource-model';
import { resourceId } from '@weft/resource-model';
import { expect, it } from 'vitest';
import { ServedNames } from './served-names.ts';

const base = { labels: {}, creationTime: '', modificationTime: '', version: 1 };
const put = (resource: Partial<Resource> & Pick<Resource, 'type' | 'name'>): Change => ({ op: 'put', resource: { ...base, mesh: '', spec: {}, ...resource } });
const vip = (address: string, hostname: string, owner?: string): Change => put({ type: 'VirtualIp', name: address, spec: { hostname, ...(owner !== undefined && { owner }) } });
const service = (mesh: string, name: string, address: string, hostname = `${name}.svc.mesh.local`): Change =>
  put({ type: 'MeshService', mesh, name, status: { vips: [{ ip: address }], addresses: [{ hostname, origin: 'HostnameGenerator' }] } });
const generator = (name: string, template: string): Change => put({ type: 'HostnameGenerator', name, spec: { selector: { meshService: {} }, template } });
const gone = (type: string, mesh: string, name: string): Change => ({ op: 'delete', key: { type, mesh, name } });

function served(...changes: readonly Change[]): ServedNames {
  const names = new ServedNames('mesh');
  for (const change of changes) names.apply(change);
  names.complete();
  return names;
}

function said(names: ServedNames, name: string): unknown {
  const found = names.lookup(name);
  return found.kind === 'found' ? found.addresses : found.kind;
}

it('serves names of tags and of all three kinds of services', () => {
  const names = served(
    vip('240.0.0.0', 'web.mesh'), vip('241.0.0.0', '', 'MeshService/default/api'), service('default', 'api', '241.0.0.0'),
    put({ type: 'MeshExternalService', mesh: 'default', name: 'pay', status: { vip: { ip: '242.0.0.0' }, addresses: [{ hostname: 'pay.extsvc.mesh.local' }] } }),
    put({ type: 'MeshMultiZoneService', mesh: 'default', name: 'all', status: { vips: [{ ip: 'fd00::3' }], addresses: [{ hostname: 'all.mzsvc.mesh.local' }] } }),
    put({ type: 'MeshService', mesh: 'default', name: 'new', status: { addresses: [{ hostname: 'new.svc.mesh.local' }] } }),
  );
  expect(['web.mesh', 'api.svc.mesh.local', 'pay.extsvc.mesh.local', 'all.mzsvc.mesh.local', 'new.svc.mesh.local', 'svc.mesh.local'].map((name) => said(names, name)))
    .toEqual([['240.0.0.0'], ['241.0.0.0'], ['242.0.0.0'], ['fd00::3'], 'absent', 'empty']);
});

it('is authoritative for domains of generators while these exist', () => {
  const names = served(generator('corp', '{{ .Name }}.{{ .Zone }}.corp.example'), service('default', 'api', '241.0.0.0', 'api.east.corp.example'));
  expect([said(names, 'db.east.corp.example'), said(names, 'api.east.corp.example')]).toEqual(['absent', ['241.0.0.0']]);
  names.apply(gone('HostnameGenerator', '', 'corp'));
  expect([said(names, 'db.east.corp.example'), said(names, 'api.east.corp.example')]).toEqual(['elsewhere', ['241.0.0.0']]);
});

it('gives a name that several have to the same one, in whatever order they come', () => {
  const claims = [service('b', 'web', '241.0.0.2', 'web.mesh'), vip('240.0.0.0', 'web.mesh'), service('a', 'web', '241.0.0.1', 'web.mesh')];
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) expect(said(served(...order.map((index) => claims[index]!)), 'web.mesh')).toEqual(['241.0.0.1']);
  const names = served(...claims);
  names.apply(gone('MeshService', 'a', 'web'));
  expect(said(names, 'web.mesh')).toEqual(['241.0.0.2']);
  names.apply(gone('MeshService', 'b', 'web'));
  expect(said(names, 'web.mesh')).toEqual(['240.0.0.0']);
});

it('of 10,000 names, one change touches one; a name may go and come again, and a snapshot forgets what it does not name', () => {
  const names = served(...Array.from({ length: 10_000 }, (_, index) => service('default', `s${index}`, `241.0.${index >> 8}.${index & 255}`)));
  expect([names.size, names.changes]).toEqual([10_000, 10_000]);
  names.apply(service('default', 's7', '241.0.0.7'));
  expect(names.changes).toBe(10_000);
  names.apply(gone('MeshService', 'default', 's7'));
  expect([said(names, 's7.svc.mesh.local'), names.changes]).toEqual(['absent', 10_001]);
  names.apply(service('default', 's7', '241.9.9.9'));
  expect([said(names, 's7.svc.mesh.local'), names.changes, names.size]).toEqual([['241.9.9.9'], 10_002, 10_000]);
  names.retain(new Set([resourceId({ type: 'MeshService', mesh: 'default', name: 's7' })]));
  expect([names.size, said(names, 's8.svc.mesh.local')]).toEqual([1, 'absent']);
});

it('does not serve own names of servers outside, nor those that were, so that proxies find the servers', () => {
  const external = (name: string, address: string, more: object = {}): Change => put({ type: 'ExternalService', mesh: 'default', name, spec: { networking: { address, ...more }, tags: { 'kuma.io/service': name } } });
  const names = served(vip('240.0.0.1', 'pay.mesh'), vip('240.0.0.2', 'api.partner.test'), external('pay', 'API.partner.test:443'));
  expect([said(names, 'pay.mesh'), said(names, 'api.partner.test')]).toEqual([['240.0.0.1'], 'elsewhere']);
  names.apply(external('pay', 'api.partner.test:443', { disableHostDNSEntry: true }));
  expect(said(names, 'api.partner.test')).toBe('elsewhere');
  names.apply(gone('ExternalService', 'default', 'pay'));
  expect(said(names, 'api.partner.test')).toBe('elsewhere');
  names.apply(gone('VirtualIp', '', '240.0.0.2'));
  names.apply(vip('240.0.0.3', 'api.partner.test'));
  expect(said(names, 'api.partner.test')).toEqual(['240.0.0.3']);
});
