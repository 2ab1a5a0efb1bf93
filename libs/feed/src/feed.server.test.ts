import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '@weft/bus';
import { connectNatsBus } from '@weft/bus-nats';
import type { Clock } from '@weft/kernel';
import type { ResourceStore } from '@weft/store';
import { putOf } from '@weft/store/testing';
import { openRedisStore } from '@weft/store-redis';
import { startNatsServer, startRedisServer, waitFor, type NatsServer, type RedisServer } from '@weft/testkit';
import { consumeFeed, type FeedConsumer } from './consume-feed.ts';
import { startRelay, type Relay } from './relay.ts';

const silent = { info: () => undefined, warn: () => undefined };
const clock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

describe('feed on NATS and Redis', () => {
  let nats: NatsServer;
  let redis: RedisServer;
  let store: ResourceStore;
  let bus: Bus;
  let relay: Relay;
  let consumer: FeedConsumer;
  let state: Map<string, number>;
  let snapshots: number;
  let repeats: string[];

  beforeEach(async () => {
    [nats, redis] = await Promise.all([startNatsServer(), startRedisServer()]);
    store = await openRedisStore({ url: redis.url, clock });
    bus = await connectNatsBus({ servers: [nats.url], name: 'feed-test' });
    relay = startRelay({ store, bus, clock, visibility: () => 'full', holder: 'one', log: silent, leaseTtlMs: 2_000 });
    state = new Map();
    snapshots = 0;
    repeats = [];
    consumer = consumeFeed({
      bus, clock, log: silent,
      onSnapshot: ({ resources }) => {
        snapshots += 1;
        state = new Map(resources.map((resource) => [resource.name, resource.version]));
      },
      onChanges: (records) => {
        for (const { change } of records) {
          if (change.op !== 'put') continue;
          if ((state.get(change.resource.name) ?? 0) + 1 !== change.resource.version) repeats.push(change.resource.name);
          state.set(change.resource.name, change.resource.version);
        }
      },
    });
    await consumer.ready;
  });
  afterEach(async () => {
    await consumer.close();
    await relay.close();
    await bus.close();
    await store.close();
    await Promise.all([nats.stop(), redis.stop()]);
  });

  const converged = (): Promise<boolean> => waitFor(async () => {
    const head = await store.head();
    const applied = consumer.appliedTo();
    return applied?.n === head.n && applied.epoch === head.epoch;
  });

  const stored = async (): Promise<Map<string, number>> => new Map((await store.list('Dataplane')).map((resource) => [resource.name, resource.version]));

  /** Writes until told to stop, whatever happens to the servers; gives what was acknowledged. */
  function writing(): { readonly acknowledged: () => number; readonly stop: () => Promise<void> } {
    let acknowledged = 0;
    let running = true;
    const done = (async () => {
      for (let count = 0; running; count += 1) {
        await store.commit({ writes: [putOf(`n${count % 20}`)] }).then(() => (acknowledged += 1), () => new Promise((resolve) => setTimeout(resolve, 20)));
      }
    })();
    return {
      acknowledged: () => acknowledged,
      stop: () => {
        running = false;
        return done;
      },
    };
  }

  it('follows writes through a kill -9 of NATS: they commit meanwhile, none is lost or applied twice', async () => {
    const writer = writing();
    await waitFor(() => writer.acknowledged() > 100);
    await nats.kill();
    const atKill = writer.acknowledged();
    expect(await waitFor(() => writer.acknowledged() > atKill + 100)).toBe(true);
    await nats.restart();
    await waitFor(() => bus.status === 'connected');
    await writer.stop();
    expect(await converged()).toBe(true);
    expect(state).toEqual(await stored());
    expect([repeats, snapshots]).toEqual([[], 1]);
  });

  it('follows writes through a kill -9 of Redis, and keeps every acknowledged one', async () => {
    const writer = writing();
    await waitFor(() => writer.acknowledged() > 100);
    await redis.kill();
    await redis.restart();
    const after = writer.acknowledged();
    expect(await waitFor(() => writer.acknowledged() > after + 100)).toBe(true);
    await writer.stop();
    expect(await converged()).toBe(true);
    expect(state).toEqual(await stored());
    expect((await store.head()).n).toBeGreaterThanOrEqual(writer.acknowledged());
    expect([repeats, snapshots]).toEqual([[], 1]);
  });

  it('rewrites the feed when NATS lost everything', async () => {
    await store.commit({ writes: [putOf('a'), putOf('b')] });
    expect(await converged()).toBe(true);
    await nats.kill();
    await nats.wipe();
    await nats.restart();
    expect(await waitFor(() => snapshots >= 2)).toBe(true);
    await store.commit({ writes: [putOf('a'), putOf('c')] });
    expect(await converged()).toBe(true);
    expect(state).toEqual(await stored());
  });

  it('hands the relay over to another holder', async () => {
    const second = startRelay({ store, bus, clock, visibility: () => 'full', holder: 'two', log: silent, leaseTtlMs: 2_000 });
    await store.commit({ writes: [putOf('a')] });
    await relay.close();
    await store.commit({ writes: [putOf('a'), putOf('b')] });
    expect(await converged()).toBe(true);
    expect(state).toEqual(await stored());
    expect([repeats, snapshots]).toEqual([[], 1]);
    await second.close();
  });
});
