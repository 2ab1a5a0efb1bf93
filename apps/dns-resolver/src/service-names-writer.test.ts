import type { AppWrite } from '@weft/bus';
import { parseVipPool } from '@weft/dns-core';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { Resource } from '@weft/resource-model';
import { silentLogger } from '@weft/service-runtime/testing';
import { afterEach, expect, it } from 'vitest';
import { ServiceNames } from './service-names.ts';
import { ServiceNamesWriter } from './service-names-writer.ts';

type Answer = 'stored' | 'elsewhere' | MeshError;

let open: ServiceNamesWriter | undefined;
afterEach(() => open?.close());

/** A writer before a store that answers each write as it is told. */
function setUp(services: number, answer: (names: readonly string[]) => Answer) {
  const pool = parseVipPool('241.0.0.0/8');
  if (!pool.ok) throw new Error(pool.error);
  const names = new ServiceNames({ MeshService: pool.value, MeshExternalService: pool.value, MeshMultiZoneService: pool.value });
  const clock = new FakeClock();
  const tries: (readonly string[])[] = [];
  let version = 1;
  const write = async (writes: AppWrite['writes']): Promise<readonly Resource[] | undefined> => {
    const puts = writes.flatMap((one) => (one.op === 'put' ? [one] : []));
    const about = puts.flatMap(({ type, name }) => (type === 'MeshService' ? [name] : []));
    tries.push(about);
    const answered = answer(about);
    if (answered instanceof MeshError) throw answered;
    version += 1;
    return answered === 'elsewhere' ? undefined : puts.map((put) => ({ ...put, creationTime: '', modificationTime: '', version }));
  };
  for (let at = 0; at < services; at += 1) names.apply({ op: 'put', resource: { type: 'MeshService', mesh: 'default', name: `s${at}`, labels: {}, creationTime: '', modificationTime: '', version: 1, spec: {} } });
  const writer = open = new ServiceNamesWriter({ names, writer: { write }, clock, log: silentLogger });
  return { names, writer, clock, tries };
}

it('of a batch that is refused only the one to blame waits; it is tried again after pauses that grow', async () => {
  let blocked = true;
  const { writer, clock, tries } = setUp(16, (about) => (blocked && about.includes('s5') ? new MeshError('store/conflict', 'changed meanwhile') : 'stored'));
  await writer.write();
  expect(tries.filter((about) => about.length === 1 && about[0] === 's5')).toHaveLength(1);
  expect(tries.length).toBeLessThan(12);
  const later: number[] = [];
  for (const pause of [500, 1000, 2000, 4000]) {
    tries.length = 0;
    clock.advance(pause - 1);
    await writer.write();
    later.push(tries.length);
    clock.advance(1);
    await writer.write();
    expect(tries).toEqual([['s5']]);
  }
  expect(later).toEqual([0, 0, 0, 0]);
  blocked = false;
  tries.length = 0;
  clock.advance(8000);
  await writer.write();
  clock.advance(60_000);
  await writer.write();
  expect(tries).toEqual([['s5']]);
});

it('while the store is away nothing is taken apart and nobody asks in vain; then all of it is written', async () => {
  let away = true;
  const { names, writer, clock, tries } = setUp(5, () => (away ? new MeshError('bus/unavailable', 'no store') : 'stored'));
  await writer.write();
  await writer.write();
  expect(tries).toHaveLength(1);
  clock.advance(500);
  await writer.write();
  clock.advance(999);
  await writer.write();
  expect(tries).toHaveLength(2);
  away = false;
  clock.advance(1);
  await writer.write();
  expect(tries.map((about) => about.length)).toEqual([5, 5, 5]);
  expect(names.pending).toBe(0);
});

it('a replica without the lease tries again soon, and finds nothing to do once the other has written', async () => {
  const { names, writer, clock, tries } = setUp(1, () => 'elsewhere');
  await writer.write();
  names.apply({ op: 'put', resource: { type: 'VirtualIp', mesh: '', name: '241.0.0.9', labels: {}, creationTime: '', modificationTime: '', version: 1, spec: { hostname: '', owner: 'MeshService/default/s0' } } });
  names.apply({ op: 'put', resource: { type: 'MeshService', mesh: 'default', name: 's0', labels: {}, creationTime: '', modificationTime: '', version: 2, spec: {}, status: { vips: [{ ip: '241.0.0.9' }], addresses: [], hostnameGenerators: [] } } });
  clock.advance(2000);
  await writer.write();
  expect(tries).toHaveLength(1);
  expect(names.pending).toBe(0);
});
