import { weftRegistry } from '@weft/policy-model';
import type { Change, Resource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { AssignmentIndex } from './assignment-index.ts';
import type { Assignment } from './assignment.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const made = (type: string, name: string, spec: unknown, { mesh = 'default', version = 1, labels = {} } = {}): Resource => ({ type, name, mesh, labels, creationTime: TIME, modificationTime: TIME, version, spec });
const put = (resource: Resource): Change => ({ op: 'put', resource });

const mesh = (spec: object = {}, name = 'default', version = 1) => made('Mesh', name, spec, { mesh: '', version });
const mtls = { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] } };
const inbound = (service: string, port: number, more: object = {}) => ({ port, tags: { 'kuma.io/service': service, ...more } });
const web = made('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [inbound('web', 80)] } });
const prometheus = (conf: object = {}) => ({ type: 'Prometheus', prometheus: conf });
const policy = (backends: object[], { targetRef = { kind: 'Mesh' }, version = 1, mesh: of = 'default' }: { targetRef?: object; version?: number; mesh?: string } = {}) => made('MeshMetric', 'metrics', { targetRef, default: { backends } }, { version, mesh: of });

function indexOf(...resources: Resource[]): AssignmentIndex {
  const index = new AssignmentIndex((name) => weftRegistry.byName(name));
  index.load(resources);
  return index;
}

const assigned = (index: AssignmentIndex, client = 'prometheus'): readonly Assignment[] => index.snapshotFor(client).assignments;
const targets = (index: AssignmentIndex, client?: string) => assigned(index, client).map(({ target: { name, scheme, address, metricsPath } }) => `${name} ${scheme}://${address}${metricsPath}`);

describe('an assignment', () => {
  it('names the proxy, where it listens, and what its tags say', () => {
    const dataplane = made('Dataplane', 'shop-1', { networking: { address: '10.0.0.1', inbound: [inbound('shop', 80, { version: 'v2', 'com.company/tag': 'a b' }), inbound('shop-admin', 81, { version: 'v1' })] } });
    expect(assigned(indexOf(mesh(), dataplane, policy([prometheus({ port: 1234, path: '/own' })])))).toEqual([{
      name: '/meshes/default/dataplanes/shop-1', mesh: 'default', service: 'shop',
      target: {
        name: 'shop-1', scheme: 'http', address: '10.0.0.1:1234', metricsPath: '/own',
        labels: { kuma_io_service: 'shop', kuma_io_services: ',shop,shop-admin,', version: 'v1', versions: ',v1,v2,', com_company_tag: 'a b', com_company_tags: ',a b,' },
      },
    }]);
  });

  it('lets a tag that is itself a plural win', () => {
    const dataplane = made('Dataplane', 'web-1', { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { version: 'v1', versions: 'own' } }] } });
    expect(assigned(indexOf(mesh(), dataplane, policy([prometheus()])))[0]?.target.labels).toEqual({ version: 'v1', versions: 'own', versionss: ',own,' });
  });

  it.each<[string, { readonly resources: Resource[]; readonly expected: string[] }]>([
    ['defaults', { resources: [mesh(), web, policy([prometheus()])], expected: ['web-1 http://10.0.0.1:5670/metrics'] }],
    ['a certificate of its own', { resources: [mesh(), web, policy([prometheus({ tls: { mode: 'ProvidedTLS' } })])], expected: ['web-1 https://10.0.0.1:5670/metrics'] }],
    ['the mesh\'s TLS', { resources: [mesh(mtls), web, policy([prometheus({ tls: { mode: 'ActiveMTLSBackend' } })])], expected: ['web-1 https://10.0.0.1:5670/metrics'] }],
    ['the mesh\'s TLS where it has none', { resources: [mesh(), web, policy([prometheus({ tls: { mode: 'ActiveMTLSBackend' } })])], expected: ['web-1 http://10.0.0.1:5670/metrics'] }],
    ['an IPv6 address', { resources: [mesh(), made('Dataplane', 'six', { networking: { address: 'fd00::1', inbound: [inbound('six', 80)] } }), policy([prometheus()])], expected: ['six http://[fd00::1]:5670/metrics'] }],
    ['an advertised address', { resources: [mesh(), made('Dataplane', 'far', { networking: { address: '10.0.0.1', advertisedAddress: '192.0.2.1', inbound: [inbound('far', 80)] } }), policy([prometheus()])], expected: ['far http://192.0.2.1:5670/metrics'] }],
    ['a gateway', { resources: [mesh(), made('Dataplane', 'edge', { networking: { address: '10.0.0.1', gateway: { tags: { 'kuma.io/service': 'edge' } } } }), policy([prometheus()])], expected: ['edge http://10.0.0.1:5670/metrics'] }],
    ['a port that an inbound has: there is no listener', { resources: [mesh(), web, policy([prometheus({ port: 80 })])], expected: [] }],
    ['a collector only', { resources: [mesh(), web, policy([{ type: 'OpenTelemetry', openTelemetry: { endpoint: 'otel:4317' } }])], expected: [] }],
    ['a policy for others', { resources: [mesh(), web, policy([prometheus()], { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': 'other' } } })], expected: [] }],
    ['no Mesh', { resources: [web, policy([prometheus()])], expected: [] }],
    ['the Mesh\'s own backend', { resources: [mesh({ metrics: { enabledBackend: 'p', backends: [{ name: 'p', type: 'prometheus', conf: { port: 1, path: '/of-mesh', skipMTLS: true } }] } }), web], expected: ['web-1 http://10.0.0.1:1/of-mesh'] }],
    ['a MeshMetric in its place', { resources: [mesh({ metrics: { enabledBackend: 'p', backends: [{ name: 'p', type: 'prometheus', conf: { port: 1 } }] } }), web, policy([prometheus()])], expected: ['web-1 http://10.0.0.1:5670/metrics'] }],
  ])('%s', (_name, { resources, expected }) => {
    expect(targets(indexOf(...resources))).toEqual(expected);
  });
});

describe('a client', () => {
  const both = policy([prometheus(), prometheus({ clientId: 'special', port: 5671, path: '/special' })]);

  it('gets the backend that names it; one that none names gets those that name nobody', () => {
    const index = indexOf(mesh(), web, both);
    expect(targets(index, 'special')).toEqual(['web-1 http://10.0.0.1:5671/special']);
    expect(targets(index, 'anyone')).toEqual(['web-1 http://10.0.0.1:5670/metrics']);
    expect(targets(index, '')).toEqual(['web-1 http://10.0.0.1:5670/metrics']);
  });

  it('sees every mesh, in order', () => {
    const other = made('Dataplane', 'api-1', { networking: { address: '10.0.0.2', inbound: [inbound('api', 80)] } }, { mesh: 'a' });
    expect(assigned(indexOf(mesh(), mesh({}, 'a'), web, other, both, policy([prometheus()], { mesh: 'a' }))).map(({ name }) => name)).toEqual(['/meshes/a/dataplanes/api-1', '/meshes/default/dataplanes/web-1']);
  });
});

describe('changes', () => {
  it('say whether anybody is given something else, and make another version', () => {
    const index = indexOf(mesh(), web, policy([prometheus()]));
    const before = index.snapshotFor('p').version;
    expect(index.apply([put({ ...web, version: 2, labels: { color: 'red' } })])).toBe(false);
    expect(index.snapshotFor('p').version).toBe(before);
    expect(index.apply([put(policy([prometheus({ path: '/new' })], { version: 2 }))])).toBe(true);
    expect(index.snapshotFor('p').version).not.toBe(before);
    expect(index.apply([{ op: 'delete', key: web }])).toBe(true);
    expect([assigned(index), index.size]).toEqual([[], 0]);
  });

  it('of a policy for one client leave the versions of others', () => {
    const index = indexOf(mesh(), web, policy([prometheus(), prometheus({ clientId: 'special', port: 5671 })]));
    const before = index.snapshotFor('anyone').version;
    expect(index.apply([put(policy([prometheus(), prometheus({ clientId: 'special', port: 5672 })], { version: 2 }))])).toBe(true);
    expect(index.snapshotFor('anyone').version).toBe(before);
    expect(targets(index, 'special')).toEqual(['web-1 http://10.0.0.1:5672/metrics']);
  });

  it('in any order end in the version that a fresh replica has', () => {
    const all = [mesh(), web, policy([prometheus()]), made('Dataplane', 'web-2', { networking: { address: '10.0.0.2', inbound: [inbound('web', 80)] } })];
    const grown = indexOf();
    for (const resource of [...all].reverse()) grown.apply([put(resource)]);
    expect(grown.snapshotFor('p')).toEqual(indexOf(...all).snapshotFor('p'));
    expect(grown.load([mesh(), web])).toBe(true);
    expect(assigned(grown)).toEqual([]);
  });
});
