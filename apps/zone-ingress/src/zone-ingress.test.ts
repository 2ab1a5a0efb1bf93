import { answer, REQUESTS, type AppWrite } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { startRelay, type Relay } from '@weft/feed';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { Resource, ZoneIngressSpec } from '@weft/resource-model';
import type { RunningApp } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import { createMemoryStore } from '@weft/store-memory';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startZoneIngress } from './index.ts';

const NETWORKING = { address: '10.0.0.1', port: 10_001, advertisedAddress: '1.2.3.4', advertisedPort: 30_001 };
const resource = (type: string, name: string, spec: unknown, more: Partial<Resource> = {}): Omit<Resource, 'version'> => ({ type, name, mesh: '', labels: {}, creationTime: '2026-01-01T00:00:00Z', modificationTime: '', spec, ...more });
const inbound = (service: string, tags: object = {}, more: object = {}): object => ({ port: 80, tags: { 'kuma.io/service': service, 'kuma.io/zone': 'east', ...tags }, ...more });
const dataplane = (name: string, inbounds: readonly object[], mesh = 'default') => resource('Dataplane', name, { networking: { address: '10.0.0.2', inbound: inbounds } }, { mesh });
const offer = (service: string, instances: number, tags: object = {}, mesh = 'default'): object => ({ mesh, instances, tags: { 'kuma.io/service': service, 'kuma.io/zone': 'east', ...tags } });

describe('the plan of a zone entrance', () => {
  const clock = new FakeClock();
  let store: ReturnType<typeof createMemoryStore>;
  let bus: ReturnType<typeof createMemoryBus>;
  let relay: Relay;
  let app: RunningApp | undefined;
  let writes: AppWrite[];
  let refusal: MeshError | undefined;
  let leaseHeld: boolean;
  let asked: number;

  const put = (...resources: Omit<Resource, 'version'>[]) => store.commit({ writes: resources.map((made) => ({ op: 'put', expect: 'any', resource: made })) });
  const remove = (name: string) => store.commit({ writes: [{ op: 'delete', expect: 'any', key: { type: 'Dataplane', mesh: 'default', name } }] });
  const offered = async (name = 'gate'): Promise<unknown> => ((await store.get({ type: 'ZoneIngress', mesh: '', name }))?.spec as ZoneIngressSpec | undefined)?.availableServices;
  const start = async (ingressTagFilters: readonly string[] = []): Promise<void> => {
    app = await startZoneIngress({ bus, clock, instance: 'one', log: silentLogger, config: { multizone: { zone: { name: 'east' } }, experimental: { ingressTagFilters } } });
    await app.ready;
  };
  /** Hold-offs and pauses pass meanwhile. */
  const soon = (check: () => Promise<void> | void): Promise<void> => vi.waitFor(async () => {
    clock.advance(200);
    await check();
  }, { timeout: 15_000, interval: 5 });

  beforeEach(async () => {
    store = createMemoryStore({ clock });
    bus = createMemoryBus({ clock });
    writes = [];
    refusal = undefined;
    leaseHeld = false;
    asked = 0;
    await answer(bus, REQUESTS.leaseAcquire, async () => (++asked > 0 && leaseHeld ? null : { token: 1, expiresAt: clock.now() + 6_000 }));
    await answer(bus, REQUESTS.leaseRelease, async () => null);
    await answer(bus, REQUESTS.storeWrite, async (request) => {
      writes.push(request);
      if (refusal !== undefined) throw refusal;
      const { records } = await store.commit({ writes: request.writes.flatMap((write) => (write.op === 'put' ? [{ op: 'put' as const, expect: { version: typeof write.expectVersion === 'number' ? write.expectVersion : 0 }, resource: resource(write.type, write.name, write.spec, { labels: write.labels }) }] : [])) });
      return { resources: records.flatMap(({ change }) => (change.op === 'put' ? [change.resource] : [])) };
    });
    await put(resource('Mesh', 'default', {}), resource('Mesh', 'new', { meshServices: { mode: 'Exclusive' } }), resource('ZoneIngress', 'gate', { zone: 'east', networking: NETWORKING }));
    relay = startRelay({ store, bus, clock, log: silentLogger, holder: 'test', visibility: () => 'full', envelopeDigest: () => '' });
  });
  afterEach(async () => {
    await app?.close();
    await relay.close();
    await bus.close();
  });

  it('tells which combinations of tags there are, and how many instances have them', async () => {
    await put(
      dataplane('a', [inbound('web', { version: '1' }), inbound('api')]), dataplane('b', [inbound('web', { version: '1' })]), dataplane('c', [inbound('web', { version: '2' })]), dataplane('d', [inbound('shop')], 'shop'),
      dataplane('e', [inbound('unready', {}, { state: 'NotReady' }), inbound('unhealthy', {}, { health: { ready: false } })]), dataplane('f', [inbound('hidden')], 'new'),
    );
    await start();
    await soon(async () => expect(await offered()).toEqual([offer('api', 1), offer('web', 2, { version: '1' }), offer('web', 1, { version: '2' }), offer('shop', 1, {}, 'shop')]));
    await remove('a');
    await soon(async () => expect(await offered()).toEqual([offer('web', 1, { version: '1' }), offer('web', 1, { version: '2' }), offer('shop', 1, {}, 'shop')]));
    await put(resource('Mesh', 'default', { meshServices: { mode: 'Exclusive' } }));
    await soon(async () => expect(await offered()).toEqual([offer('shop', 1, {}, 'shop')]));
  });

  it('tells of servers outside that only this zone leads to, where the mesh reaches them by way of egresses', async () => {
    const outside = (name: string, tags: object) => resource('ExternalService', name, { networking: { address: 'a.test:80' }, tags: { 'kuma.io/service': name, ...tags } }, { mesh: 'default' });
    await put(outside('pay', { 'kuma.io/zone': 'east' }), outside('mail', {}), outside('far', { 'kuma.io/zone': 'west' }), dataplane('a', [inbound('web')]));
    await start();
    await soon(async () => expect(await offered()).toEqual([offer('web', 1)]));
    await put(resource('Mesh', 'default', { routing: { zoneEgress: true } }));
    await soon(async () => expect(await offered()).toEqual([{ ...offer('pay', 1), externalService: true }, offer('web', 1)]));
    await store.commit({ writes: [{ op: 'delete', expect: 'any', key: { type: 'ExternalService', mesh: 'default', name: 'pay' } }] });
    await soon(async () => expect(await offered()).toEqual([offer('web', 1)]));
  });

  it('tells only of tags that it is told to tell of', async () => {
    await put(dataplane('a', [inbound('web', { version: '1', team: 'x' })]), dataplane('b', [inbound('web', { version: '1', team: 'y' })]));
    await start(['ver']);
    await soon(async () => expect(await offered()).toEqual([{ mesh: 'default', instances: 2, tags: { 'kuma.io/service': 'web', version: '1' } }]));
  });

  it('writes a thousand changes as few, and what changes nothing not at all', async () => {
    await start();
    for (let batch = 0; batch < 10; batch++) await put(...Array.from({ length: 100 }, (_, n) => dataplane(`d${batch}-${n}`, [inbound('web')])));
    await soon(async () => expect(await offered()).toEqual([offer('web', 1000)]));
    expect(writes.length).toBeLessThanOrEqual(11);
    const before = writes.length;
    await put(dataplane('d0-0', [inbound('web', {}, { servicePort: 81 })]), resource('Mesh', 'other', {}));
    await put(dataplane('last', [inbound('web')]));
    await soon(async () => expect(await offered()).toEqual([offer('web', 1001)]));
    expect(writes.length).toBe(before + 1);
  });

  it('leaves ingresses of other zones alone, and serves all of its own', async () => {
    await put(
      resource('ZoneIngress', 'second', { networking: NETWORKING }), resource('ZoneIngress', 'far', { zone: 'west', networking: NETWORKING }),
      resource('ZoneIngress', 'synced', { networking: NETWORKING }, { labels: { 'kuma.io/origin': 'global' } }), dataplane('a', [inbound('web')]),
    );
    await start();
    await soon(async () => expect([await offered(), await offered('second')]).toEqual([[offer('web', 1)], [offer('web', 1)]]));
    expect(await Promise.all(['far', 'synced'].map(offered))).toEqual([undefined, undefined]);
  });

  it('tries again until it can write, and leaves the writing to who holds the lease', async () => {
    refusal = new MeshError('bus/unavailable', 'away');
    leaseHeld = true;
    await put(dataplane('a', [inbound('web')]));
    await start();
    await soon(() => expect(asked).toBeGreaterThan(2));
    expect(writes).toEqual([]);
    leaseHeld = false;
    await soon(() => expect(writes.length).toBeGreaterThan(1));
    expect(await offered()).toBeUndefined();
    refusal = undefined;
    await soon(async () => expect(await offered()).toEqual([offer('web', 1)]));
  });
});
