import { bucketKey, BUCKETS, type Bucket } from '@weft/bus';
import { FakeClock } from '@weft/kernel/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

const HOUR = 3_600_000;

describe('Dataplanes whose proxy is long offline', () => {
  let server: TestStore;
  let clock: FakeClock;
  let instances: Bucket;
  let observed: Bucket;

  beforeEach(async () => {
    clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    server = await startForTest({ clock, config: { ...TEST_CONFIG, runtime: { universal: { dataplaneCleanupAge: 72 * HOUR, zoneResourceCleanupAge: 24 * HOUR } } } });
    instances = await server.ports.bus.bucket(BUCKETS.instances.name, BUCKETS.instances);
    observed = await server.ports.bus.bucket(BUCKETS.observed.name);
    for (const name of ['gone', 'back', 'stays', 'unused']) {
      await server.call('PUT', `/meshes/default/dataplanes/${name}`, { json: { type: 'Dataplane', mesh: 'default', name, networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': name } }] } } });
    }
    await instances.put(bucketKey('xds-server', 'xds-1'), {});
  });
  afterEach(() => server.app.close());

  /** An xds-server that does not renew its entry meanwhile is gone. */
  const later = async (hours: number): Promise<void> => {
    clock.advance(hours * HOUR);
    await instances.put(bucketKey('xds-server', 'xds-1'), {});
  };
  const time = (): string => new Date(clock.now()).toISOString();
  const connect = (name: string) => observed.put(bucketKey('xds-1', 'default', name), { subscriptions: [{ id: time(), connectTime: time() }] });
  const disconnect = (name: string) => observed.put(bucketKey('xds-1', 'default', name), { subscriptions: [{ id: time(), connectTime: time(), disconnectTime: time() }] });
  const left = async (): Promise<string[]> => (await server.ports.store.list('Dataplane', 'default')).map(({ name }) => name).sort();
  /** Once the API tells of what was observed, so has everybody been told. */
  const known = (name: string, online: boolean) => expect.poll(async () => {
    const { dataplaneInsight } = (await server.call('GET', `/meshes/default/dataplanes/${name}/_overview`)).json as { dataplaneInsight?: { subscriptions: { disconnectTime?: string }[] } };
    return dataplaneInsight?.subscriptions.every(({ disconnectTime }) => disconnectTime === undefined);
  }).toBe(online);

  it('are deleted; those that came back, that are connected, and that nobody ever used stay', async () => {
    for (const name of ['gone', 'back']) await disconnect(name);
    await connect('stays');
    await known('gone', false);
    await known('stays', true);
    await later(71);
    await connect('back');
    await known('back', true);
    expect(await left()).toEqual(['back', 'gone', 'stays', 'unused']);
    await later(1);
    await expect.poll(left).toEqual(['back', 'stays', 'unused']);
    await disconnect('back');
    await known('back', false);
    await later(71);
    expect(await left()).toEqual(['back', 'stays', 'unused']);
    await later(1);
    await expect.poll(left).toEqual(['stays', 'unused']);
  });

  it('zone proxies have an age of their own', async () => {
    const name = 'gate';
    for (const [path, type] of [['zoneingresses', 'ZoneIngress'], ['zoneegresses', 'ZoneEgress']]) await server.call('PUT', `/${path}/${name}`, { json: { type, name, networking: { address: '10.0.0.1', port: 10_001 } } });
    const egresses = async (): Promise<number> => (await server.ports.store.list('ZoneEgress')).length;
    await observed.put(bucketKey('xds-1', '', name, 'ZoneIngress'), { subscriptions: [{ id: 'a', connectTime: time() }] });
    await observed.put(bucketKey('xds-1', '', name, 'ZoneEgress'), { subscriptions: [{ id: 'b', connectTime: time(), disconnectTime: time() }] });
    await expect.poll(async () => (await server.call('GET', '/zoneegressinsights')).json?.['total']).toBe(1);
    await later(23);
    expect(await egresses()).toBe(1);
    await later(1);
    await expect.poll(egresses).toBe(0);
    expect((await server.ports.store.list('ZoneIngress')).length).toBe(1);
  });

  it('are counted from when their xds-server was lost', async () => {
    await connect('gone');
    await known('gone', true);
    await instances.delete(bucketKey('xds-server', 'xds-1'));
    await known('gone', false);
    clock.advance(72 * HOUR);
    await expect.poll(left).toEqual(['back', 'stays', 'unused']);
  });
});
