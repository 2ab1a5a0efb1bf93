import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '@weft/bus';
import { describeBus } from '@weft/bus/testing';
import { startNatsServer, waitFor, type NatsServer } from '@weft/testkit';
import { connectNatsBus } from './nats-bus.ts';
import { NatsLink } from './nats-link.ts';
import { StreamFollower } from './stream-follower.ts';

let nats: NatsServer;
let names = 0;
const connect = (): Promise<Bus> => connectNatsBus({ servers: [nats.url], name: `test-${names++}` });

beforeAll(async () => {
  nats = await startNatsServer();
});
afterAll(() => nats.stop());

describeBus('nats', async () => {
  const [bus, other] = [await connect(), await connect()];
  return {
    bus, other,
    // The server counts time itself.
    passTime: async () => undefined,
    stop: async () => {
      await bus.close();
      await other.close();
    },
  };
});

describe('nats bus', () => {
  it('refuses by size, naming the limit', async () => {
    const bus = await connect();
    const bucket = await bus.bucket('sizes');
    const big = 'x'.repeat(1_100_000);
    await expect(async () => bucket.put('k', big)).rejects.toMatchObject({ code: 'bus/too-large' });
    await expect(bus.request('big', big)).rejects.toMatchObject({ code: 'bus/too-large' });
    await bus.close();
  });

  it('says that it is away, comes back, and loses nothing of a log or a bucket through kill -9', async () => {
    const bus = await connect();
    const log = await bus.log('restarted', 'restarted.');
    const bucket = await bus.bucket('restarted');
    const seen: unknown[] = [];
    const watched: unknown[] = [];
    await log.consume({ afterSeq: 0, onMessage: ({ payload }) => seen.push(payload), onLost: expect.unreachable });
    await bucket.watch(({ value }) => watched.push(value));
    for (let index = 0; index < 50; index += 1) await log.append('restarted.x', index, index);
    await bucket.put('k', 'before');
    const statuses: string[] = [];
    bus.onStatus((status) => statuses.push(status));
    await nats.kill();
    expect(await waitFor(() => bus.status === 'disconnected')).toBe(true);
    await expect(log.append('restarted.x', 50, 50)).rejects.toMatchObject({ code: 'bus/unavailable' });
    await nats.restart();
    expect(await waitFor(() => bus.status === 'connected')).toBe(true);
    expect(await waitFor(async () => (await log.append('restarted.x', 50, 50)) === 51)).toBe(true);
    await bucket.put('k', 'after');
    expect(await waitFor(() => seen.length === 51 && watched.at(-1) === 'after')).toBe(true);
    expect(seen).toEqual(Array.from({ length: 51 }, (_, index) => index));
    expect(statuses).toEqual(['disconnected', 'connected']);
    await bus.close();
  });

  it('makes a bucket anew that the server lost, and tells its watchers what is gone', async () => {
    const bus = await connect();
    const bucket = await bus.bucket('wiped');
    await bucket.put('old', 1);
    const present = new Map<string, unknown>();
    await bucket.watch(({ key, value }) => (value === undefined ? present.delete(key) : present.set(key, value)));
    expect(await waitFor(() => present.has('old'))).toBe(true);
    await nats.kill();
    await nats.wipe();
    await nats.restart();
    expect(await waitFor(() => bus.status === 'connected')).toBe(true);
    await bucket.put('new', 2);
    expect(await waitFor(() => present.has('new') && !present.has('old'))).toBe(true);
    await bus.close();
  });

  it('reads on when its server-side consumer is gone', async () => {
    const bus = await connect();
    const log = await bus.log('deaf', 'deaf.');
    const seen: unknown[] = [];
    await log.consume({ afterSeq: 0, onMessage: ({ payload }) => seen.push(payload), onLost: expect.unreachable });
    await log.append('deaf.x', 0, 0);
    expect(await waitFor(() => seen.length === 1)).toBe(true);
    await deleteConsumers('deaf');
    await log.append('deaf.x', 1, 1);
    await log.append('deaf.x', 2, 2);
    expect(await waitFor(() => seen.length === 3)).toBe(true);
    expect(seen).toEqual([0, 1, 2]);
    await bus.close();
  });

  it('messages that come while the stream is asked for its state do not make it a lost one; a shorter stream does', async () => {
    const link = await NatsLink.open({ servers: [nats.url], name: 'overtaken' });
    await link.manager.streams.add({ name: 'overtaken', subjects: ['overtaken.>'] });
    const gone: string[] = [];
    const follower = new StreamFollower(link, { stream: 'overtaken', from: 0, onMessage: () => undefined, onGone: (reason) => gone.push(reason) });
    await follower.open();
    const before = follower.seen;
    const { state } = await link.manager.streams.info('overtaken');
    await link.jetstream.publish('overtaken.x');
    expect(await waitFor(() => follower.seen === 1)).toBe(true);
    await follower.check(state, before);
    expect(gone).toEqual([]);
    await follower.check(state, follower.seen);
    expect(gone).toEqual(['the stream was lost']);
    await link.close();
  });
});

/** What the death of a consumer's node does to it. */
async function deleteConsumers(stream: string): Promise<void> {
  const { connect: dial } = await import('@nats-io/transport-node');
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const connection = await dial({ servers: nats.url });
  const manager = await jetstreamManager(connection);
  for await (const { name } of manager.consumers.list(stream)) await manager.consumers.delete(stream, name);
  await connection.close();
}
