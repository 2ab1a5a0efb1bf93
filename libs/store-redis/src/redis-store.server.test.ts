import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '@weft/kernel';
import type { ResourceStore } from '@weft/store';
import { describeResourceStore, putOf } from '@weft/store/testing';
import { startRedisServer, waitFor, type RedisServer } from '@weft/testkit';
import { openRedisStore } from './redis-store.ts';

const clock: Clock = { now: () => Date.now(), after: () => () => undefined };
let redis: RedisServer;
let stores = 0;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());

describeResourceStore('redis', async () => {
  const store = await openRedisStore({ url: redis.url, clock, prefix: `test${stores++}` });
  // Redis counts a lease's life itself, so real time has to pass.
  return { store, passTime: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), stop: () => store.close() };
});

describe('redis store', () => {
  const open = (prefix: string, url = redis.url): Promise<ResourceStore> => openRedisStore({ url, clock, prefix });

  it('tells another process of commits', async () => {
    const [one, two] = [await open('shared'), await open('shared')];
    const heard = new Promise<void>((resolve) => two.onCommit(resolve));
    await one.commit({ writes: [putOf('a')] });
    await heard;
    expect((await two.head()).n).toBe(1);
    await Promise.all([one.close(), two.close()]);
  });

  it('loses no acknowledged write when killed under writes, and keeps the epoch', async () => {
    const store = await open('killed');
    const { epoch } = await store.head();
    const acknowledged: string[] = [];
    let running = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let count = 0; running; count += 1) {
        await store.commit({ writes: [putOf(`w${writer}-${count}`)] });
        acknowledged.push(`w${writer}-${count}`);
      }
    });
    await waitFor(() => acknowledged.length > 200);
    const stopped = Promise.allSettled(writers);
    await redis.kill();
    const outcomes = await stopped;
    running = false;
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
    await expect(store.head()).rejects.toMatchObject({ code: 'store/unavailable' });
    await redis.restart();
    expect(await waitFor(async () => (await store.head()).n > 0)).toBe(true);
    const stored = new Set((await store.list('Dataplane')).map((resource) => resource.name));
    expect(acknowledged.filter((name) => !stored.has(name))).toEqual([]);
    expect((await store.head()).epoch).toBe(epoch);
    expect(await store.durability()).toMatchObject({ survivesProcessKill: true, survivesPowerLoss: true });
    await store.close();
  });

  it('begins an epoch after a restart that may have lost writes', async () => {
    const weak = await startRedisServer({ appendfsync: 'everysec' });
    const store = await open('weak', weak.url);
    await store.commit({ writes: [putOf('a')] });
    const { epoch } = await store.head();
    await weak.kill();
    await weak.restart();
    expect(await waitFor(async () => (await store.head()).epoch !== epoch)).toBe(true);
    expect((await store.durability()).survivesPowerLoss).toBe(false);
    await store.close();
    await weak.stop();
  });
});
