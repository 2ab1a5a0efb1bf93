import { parseVipPool } from '@weft/dns-core';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { Change, Resource } from '@weft/resource-model';
import { silentLogger } from '@weft/service-runtime/testing';
import type { AppWrite } from '@weft/bus';
import { expect, test } from 'vitest';
import { VIP_GRACE_MS, VipAllocator } from './vip-allocator.ts';

function dataplane(mesh: string, name: string, service: string): Change {
  const spec = { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': service } }] } };
  const resource: Resource = { type: 'Dataplane', mesh, name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec };
  return { op: 'put', resource };
}

const gone = (mesh: string, name: string): Change => ({ op: 'delete', key: { type: 'Dataplane', mesh, name } });

function setUp() {
  const clock = new FakeClock();
  const batches: AppWrite['writes'][] = [];
  const failures: (MeshError | undefined)[] = [];
  const pool = parseVipPool('240.0.0.0/4');
  if (!pool.ok) throw new Error(pool.error);
  const write = async (writes: AppWrite['writes']) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    batches.push(writes);
    return [];
  };
  const allocator = new VipAllocator({ writer: { write }, clock, log: silentLogger, pool: pool.value, domain: 'mesh' });
  return { clock, batches, failures, allocator };
}

test('fifty services in one batch of the feed are one write', async () => {
  const { allocator, batches } = setUp();
  for (let i = 0; i < 50; i++) allocator.apply(dataplane('default', `dp-${i}`, `svc-${i}`));
  await allocator.allocate();
  expect(batches.map((writes) => writes.length)).toEqual([50]);
  await allocator.allocate();
  expect(batches).toHaveLength(1);
});

test('a service in two meshes has one address, released when both are gone and the grace is over', async () => {
  const { allocator, batches, clock } = setUp();
  allocator.apply(dataplane('a', 'one', 'web'));
  allocator.apply(dataplane('b', 'two', 'web'));
  await allocator.allocate();
  expect(batches[0]).toMatchObject([{ op: 'put', type: 'VirtualIp', expectVersion: 'absent', spec: { hostname: 'web.mesh', service: 'web' } }]);
  allocator.apply(gone('a', 'one'));
  allocator.apply(gone('b', 'two'));
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS - 1);
  await allocator.allocate();
  expect(batches).toHaveLength(1);
  clock.advance(1);
  await allocator.allocate();
  expect(batches[1]).toMatchObject([{ op: 'delete', key: { type: 'VirtualIp' } }]);
});

test('a service that comes back within the grace keeps its address', async () => {
  const { allocator, batches, clock } = setUp();
  allocator.apply(dataplane('a', 'one', 'web'));
  await allocator.allocate();
  allocator.apply(gone('a', 'one'));
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS - 1);
  allocator.apply(dataplane('a', 'two', 'web'));
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS);
  await allocator.allocate();
  expect(batches).toHaveLength(1);
});

const virtualOutbound = (mesh: string, name: string, host: string): Change =>
  ({ op: 'put', resource: { type: 'VirtualOutbound', mesh, name, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { selectors: [{ match: {} }], conf: { host, port: '80', parameters: [{ name: 'service', tagKey: 'kuma.io/service' }] } } } });
const given = (batches: readonly AppWrite['writes'][]): readonly string[] => batches.flat().flatMap((write) => (write.op === 'put' ? (write.spec as { readonly hostname: string }).hostname : []));

test('hosts of VirtualOutbounds have one address in all meshes, which they share with a plain name that is the same', async () => {
  const { allocator, batches, clock } = setUp();
  for (const mesh of ['a', 'b']) allocator.apply(dataplane(mesh, 'one', 'web'));
  for (const mesh of ['a', 'b']) allocator.apply(virtualOutbound(mesh, 'vo', '{{.service}}.test'));
  allocator.apply(virtualOutbound('a', 'plain', '{{.service}}.mesh'));
  await allocator.allocate();
  expect(given(batches)).toEqual(['web.mesh', 'web.test']);
  expect(batches.flat()[1]).toMatchObject({ spec: { hostname: 'web.test' } });
  allocator.apply({ op: 'delete', key: { type: 'VirtualOutbound', mesh: 'a', name: 'vo' } });
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS * 2);
  await allocator.allocate();
  expect(batches).toHaveLength(1);
  allocator.apply({ op: 'delete', key: { type: 'VirtualOutbound', mesh: 'b', name: 'vo' } });
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS);
  await allocator.allocate();
  expect(batches[1]).toMatchObject([{ op: 'delete', key: { type: 'VirtualIp' } }]);
});

test('10,000 names of a VirtualOutbound are written in batches; one more service is two names more', async () => {
  const { allocator, batches } = setUp();
  for (let i = 0; i < 5000; i += 1) allocator.apply(dataplane('default', `dp-${i}`, `svc-${i}`));
  allocator.apply(virtualOutbound('default', 'vo', '{{.service}}.test'));
  await allocator.allocate();
  expect(new Set(batches.flat().map((write) => (write.op === 'put' ? write.name : ''))).size).toBe(10_000);
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(500);
  batches.length = 0;
  allocator.apply(dataplane('default', 'more', 'more'));
  await allocator.allocate();
  expect(given(batches)).toEqual(['more.mesh', 'more.test']);
});

test('a write that fails is tried again, with an address that is free by then', async () => {
  const { allocator, batches, clock, failures } = setUp();
  allocator.apply(dataplane('a', 'one', 'web'));
  failures.push(new MeshError('store/conflict', 'taken'));
  await allocator.allocate();
  expect(batches).toEqual([]);
  clock.advance(500);
  await allocator.allocate();
  const [first] = batches[0]!;
  expect(first).toMatchObject({ op: 'put' });
});

test('a new snapshot forgets what it does not name', async () => {
  const { allocator, batches, clock } = setUp();
  allocator.apply(dataplane('a', 'one', 'web'));
  await allocator.allocate();
  allocator.retain(new Set());
  await allocator.allocate();
  allocator.apply(dataplane('a', 'two', 'db'));
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS * 2);
  await allocator.allocate();
  expect(batches.map((writes) => writes.map(({ op }) => op))).toEqual([['put'], ['put']]);
});

test('what only another zone offers has an address, and so have an ExternalService and its host', async () => {
  const { allocator, batches, clock } = setUp();
  const ingress = (services: readonly string[]): Change => ({
    op: 'put', resource: { type: 'ZoneIngress', mesh: '', name: 'west', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { availableServices: services.map((service) => ({ mesh: 'default', instances: 1, tags: { 'kuma.io/service': service } })) } },
  });
  allocator.apply(ingress(['reviews', 'web']));
  allocator.apply({ op: 'put', resource: { type: 'ExternalService', mesh: 'default', name: 'es', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { networking: { address: 'example.test:443' }, tags: { 'kuma.io/service': 'weather' } } } });
  allocator.apply(dataplane('default', 'one', 'web'));
  await allocator.allocate();
  expect([...given(batches)].sort()).toEqual(['example.test', 'reviews.mesh', 'weather.mesh', 'web.mesh']);
  allocator.apply(ingress(['web']));
  await allocator.allocate();
  clock.advance(VIP_GRACE_MS);
  await allocator.allocate();
  expect(batches.flat().filter(({ op }) => op === 'delete')).toHaveLength(1);
});
