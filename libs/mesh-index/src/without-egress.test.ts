import { weftRegistry } from '@weft/policy-model';
import type { Change, Resource } from '@weft/resource-model';
import { expect, it } from 'vitest';
import { MeshIndex } from './mesh-index.ts';

const resource = (type: string, name: string, spec: unknown, mesh = ''): Resource => ({ type, name, mesh, labels: {}, creationTime: '2026-01-01T00:00:00Z', modificationTime: '', version: 1, spec });
const EGRESS: Change = { op: 'put', resource: resource('ZoneEgress', 'out', { zone: 'west', networking: { address: '192.0.2.9', port: 2 } }) };
const NO_EGRESS: Change = { op: 'delete', key: { type: 'ZoneEgress', mesh: '', name: 'out' } };

it('a service that is reached by way of an egress keeps its shape while there is none, and only loses its endpoints', () => {
  const index = MeshIndex.rebuild((name) => weftRegistry.byName(name), [
    resource('Mesh', 'default', { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] }, routing: { zoneEgress: true } }),
    resource('ZoneIngress', 'in', { zone: 'east', networking: { advertisedAddress: '192.0.2.1', advertisedPort: 1 }, availableServices: [{ tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' }, instances: 2, mesh: 'default' }] }),
    resource('ExternalService', 'bank', { tags: { 'kuma.io/service': 'bank', 'kuma.io/protocol': 'http' }, networking: { address: '192.0.2.5:80' } }, 'default'),
  ], 'west');
  const seen = (): unknown => ['web', 'bank'].map((service) => {
    const endpoints = index.mesh('default')?.endpoints.get(`tag:${service}`)?.list() ?? [];
    return { protocol: index.mesh('default')?.services.get(service)?.protocol, ready: endpoints.flatMap(({ ready, address }) => (ready ? [address] : [])) };
  });
  const without = [{ protocol: 'http', ready: [] }, { protocol: 'http', ready: [] }];
  expect(seen()).toEqual(without);
  index.apply([EGRESS]);
  expect(seen()).toEqual([{ protocol: 'http', ready: ['192.0.2.9'] }, { protocol: 'http', ready: ['192.0.2.9'] }]);
  expect(index.apply([NO_EGRESS]).meshes.get('default')?.shapes.size).toBe(0);
  expect(seen()).toEqual(without);
});
