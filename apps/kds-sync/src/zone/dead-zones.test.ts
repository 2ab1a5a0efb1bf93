import { answer, REQUESTS, type AppWrite } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { startRelay, type Relay } from '@weft/feed';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { Resource, ZoneWithdrawalSpec } from '@weft/resource-model';
import { silentLogger } from '@weft/service-runtime/testing';
import { createMemoryStore } from '@weft/store-memory';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadZones } from './dead-zones.ts';
import { EntranceProbe } from './entrance-probe.ts';

const FENCE = { lease: 'zone-sync', token: 1 };
const resource = (type: string, name: string, spec: unknown, more: Partial<Resource> = {}): Omit<Resource, 'version'> => ({ type, name, mesh: '', labels: {}, creationTime: '2026-01-01T00:00:00Z', modificationTime: '', spec, ...more });
const ingress = (name: string, zone: string, advertisedAddress: string) => resource('ZoneIngress', name, { zone, networking: { address: '10.0.0.1', port: 10_001, advertisedAddress, advertisedPort: 30_001 } });
const liveness = (zone: string, online: boolean) => resource('ZoneLiveness', `${zone}-hashed`, { zone, online, since: '' });

describe('zones that seem dead', () => {
  let clock: FakeClock;
  let store: ReturnType<typeof createMemoryStore>;
  let bus: ReturnType<typeof createMemoryBus>;
  let relay: Relay;
  let dead: DeadZones;
  let answering: Set<string>;
  let tried: string[];
  let refused: boolean;
  let writes: number;

  const put = (...resources: Omit<Resource, 'version'>[]) => store.commit({ writes: resources.map((made) => ({ op: 'put', expect: 'any', resource: made })) });
  const decided = async (): Promise<unknown> => Object.fromEntries((await store.list('ZoneWithdrawal')).map(({ name, spec }) => [name, (spec as ZoneWithdrawalSpec).effect]));
  /** Pauses pass meanwhile, but none that decides something. */
  const soon = (check: () => Promise<void> | void): Promise<void> => vi.waitFor(async () => {
    clock.advance(60);
    await check();
  }, { timeout: 15_000, interval: 5 });
  const start = async (): Promise<void> => {
    dead = new DeadZones({
      ports: { bus, clock, instance: 'one', log: silentLogger }, zone: 'east',
      probe: new EntranceProbe(async ({ address }) => {
        tried.push(address);
        return answering.has(address);
      }),
    });
    await dead.ready;
  };
  /** Connected for long. */
  const linkUp = (): void => {
    dead.begin(FENCE);
    dead.linked(true);
    clock.advance(3_000);
  };

  beforeEach(async () => {
    clock = new FakeClock();
    store = createMemoryStore({ clock });
    bus = createMemoryBus({ clock });
    [answering, tried, refused, writes] = [new Set(), [], false, 0];
    await answer(bus, REQUESTS.storeWrite, async (request: AppWrite) => {
      writes++;
      if (refused) throw new MeshError('store/unavailable', 'away');
      expect(request.fence).toEqual(FENCE);
      const { records } = await store.commit({ writes: request.writes.map((write) => (write.op === 'delete' ? { op: 'delete' as const, expect: 'any' as const, key: write.key } : { op: 'put' as const, expect: 'any' as const, resource: resource(write.type, write.name, write.spec) })) });
      return { resources: records.flatMap(({ change }) => (change.op === 'put' ? [change.resource] : [])) };
    });
    await put(ingress('w1', 'west', '192.0.2.1'), ingress('w2', 'west', '192.0.2.2'), ingress('own', 'east', '192.0.2.9'), resource('MeshZoneAddress', 'n', { address: '192.0.2.5', port: 1 }, { mesh: 'default', labels: { 'kuma.io/zone': 'north' } }));
    relay = startRelay({ store, bus, clock, log: silentLogger, holder: 'test', visibility: () => 'full', envelopeDigest: () => '' });
  });
  afterEach(async () => {
    await dead.close();
    await relay.close();
    await bus.close();
  });

  it('nothing is looked at while they are said to be alive, or nothing is said', async () => {
    await put(liveness('west', true));
    await start();
    linkUp();
    await soon(() => expect(dead.held()).toMatchObject({ zones_looked_at: 0 }));
    const before = tried.length;
    clock.advance(60_000);
    expect([tried.length, await decided()]).toEqual([before, {}]);
  });

  it('one is withdrawn when it is said to be offline and nothing of it answers, and is back when an entrance answers or it is alive', async () => {
    await start();
    linkUp();
    answering.add('192.0.2.2');
    await put(liveness('west', false));
    await soon(() => expect(tried).toContain('192.0.2.1'));
    expect(await decided()).toEqual({});
    answering.clear();
    await soon(async () => expect(await decided()).toEqual({ west: 'withdrawn' }));
    expect(tried).not.toContain('192.0.2.9');
    answering.add('192.0.2.1');
    await soon(async () => expect(await decided()).toEqual({}));
    answering.clear();
    await soon(async () => expect(await decided()).toEqual({ west: 'withdrawn' }));
    await put(liveness('west', true));
    await soon(async () => expect(await decided()).toEqual({}));
  });

  it('without the global control plane those that do not answer are lowered; what was withdrawn stays so', async () => {
    await put(liveness('west', true), liveness('north', false));
    await start();
    linkUp();
    await soon(async () => expect(await decided()).toEqual({ north: 'withdrawn' }));
    dead.linked(false);
    clock.advance(2_000);
    await soon(async () => expect(await decided()).toEqual({ north: 'withdrawn', west: 'lowered' }));
    // After its return it may not know yet.
    dead.linked(true);
    await soon(async () => expect(await decided()).toEqual({ north: 'withdrawn', west: 'lowered' }));
    await put(liveness('west', false));
    await soon(async () => expect(await decided()).toEqual({ north: 'withdrawn', west: 'withdrawn' }));
  });

  it('a link that is back at once was not down', async () => {
    await start();
    linkUp();
    const before = tried.length;
    dead.linked(false);
    clock.advance(1_900);
    answering.add('192.0.2.1').add('192.0.2.5');
    dead.linked(true);
    await soon(() => expect(tried.length).toBeGreaterThan(before));
    clock.advance(10_000);
    expect(await decided()).toEqual({});
  });

  it('a write that fails is made again; a replica that does not sync writes nothing', async () => {
    refused = true;
    await put(liveness('west', false));
    await start();
    linkUp();
    await soon(() => expect(writes).toBeGreaterThan(2));
    refused = false;
    await soon(async () => expect(await decided()).toEqual({ west: 'withdrawn' }));
    dead.end();
    const before = writes;
    await put(liveness('west', true));
    clock.advance(10_000);
    await soon(() => expect(dead.held()).toMatchObject({ zones_looked_at: 0 }));
    expect([writes, await decided()]).toEqual([before, { west: 'withdrawn' }]);
  });
});
