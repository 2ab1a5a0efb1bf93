import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '@weft/bus-memory';
import { BUCKETS, FEED_LOG, type Bus } from '@weft/bus';
import { FakeClock } from '@weft/kernel/testing';
import { resourceId, type FeedVisibility, type Resource } from '@weft/resource-model';
import type { ResourceStore, Write } from '@weft/store';
import { createMemoryStore } from '@weft/store-memory';
import { consumeFeed, type FeedConsumer } from './consume-feed.ts';
import { startRelay, type Relay } from './relay.ts';

const silent = { info: () => undefined, warn: () => undefined };
const clock = new FakeClock();

const visibility = (type: string): FeedVisibility => (type === 'Secret' ? 'envelope' : type === 'Hidden' ? 'none' : 'full');

function put(type: string, name: string, spec: unknown = {}): Write {
  return { op: 'put', expect: 'any', resource: { type, mesh: 'default', name, labels: {}, creationTime: 't', modificationTime: 't', spec } };
}

function remove(type: string, name: string): Write {
  return { op: 'delete', expect: 'any', key: { type, mesh: 'default', name } };
}

function relayOf(store: ResourceStore, bus: Bus, holder = 'relay-1'): Relay {
  return startRelay({ store, bus, clock, visibility, holder, log: silent });
}

/** Mirrors the feed; `state` is what an index would hold. */
class Mirror {
  readonly state = new Map<string, string>();
  snapshots = 0;
  batches = 0;
  readonly consumer: FeedConsumer;

  constructor(bus: Bus, types?: readonly string[]) {
    this.consumer = consumeFeed({
      bus, clock, log: silent, ...(types === undefined ? {} : { types }),
      onSnapshot: ({ resources, envelopes }) => {
        this.snapshots += 1;
        this.state.clear();
        for (const resource of resources) this.state.set(resourceId(resource), show(resource));
        for (const envelope of envelopes) this.state.set(resourceId(envelope.key), `envelope ${envelope.version}`);
      },
      onChanges: (records) => {
        this.batches += 1;
        for (const { change } of records) {
          if (change.op === 'put') this.state.set(resourceId(change.resource), show(change.resource));
          else if (change.op === 'envelope') this.state.set(resourceId(change.key), `envelope ${change.version}`);
          else this.state.delete(resourceId(change.key));
        }
      },
    });
  }
}

function show(resource: Resource): string {
  return `${resource.version} ${JSON.stringify(resource.spec)}`;
}

async function expected(store: ResourceStore, types?: readonly string[]): Promise<Map<string, string>> {
  const { resources } = await store.snapshot();
  const wanted = resources.filter(({ type }) => visibility(type) !== 'none' && (types === undefined || types.includes(type)));
  return new Map(wanted.map((resource) => [resourceId(resource), visibility(resource.type) === 'envelope' ? `envelope ${resource.version}` : show(resource)]));
}

/** Lets everything that is due happen, retries included. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(50);
  }
  throw new Error(`not reached: ${condition.toString()}`);
}

async function caughtUp(store: ResourceStore, mirror: Mirror): Promise<void> {
  const head = await store.head();
  await until(() => mirror.consumer.appliedTo()?.epoch === head.epoch && mirror.consumer.appliedTo()?.n === head.n);
}

describe('feed', () => {
  it('hands over one snapshot, then the changes of one commit in one call', async () => {
    const store = createMemoryStore({ clock });
    const bus = createMemoryBus({ clock });
    const relay = relayOf(store, bus);
    await store.commit({ writes: [put('Mesh', 'a')] });
    const mirror = new Mirror(bus);
    await caughtUp(store, mirror);
    await store.commit({ writes: [put('Mesh', 'b'), put('Mesh', 'c.d'), remove('Mesh', 'a')] });
    await caughtUp(store, mirror);
    expect(mirror.state).toEqual(await expected(store));
    expect([mirror.snapshots, mirror.batches]).toEqual([1, 1]);
    await mirror.consumer.close();
    await relay.close();
  });

  it('moves the head of a filtered consumer past changes that it does not see', async () => {
    const store = createMemoryStore({ clock });
    const bus = createMemoryBus({ clock });
    const relay = relayOf(store, bus);
    const mirror = new Mirror(bus, ['Mesh']);
    await store.commit({ writes: [put('Dataplane', 'x'), put('Hidden', 'h')] });
    await caughtUp(store, mirror);
    expect([...mirror.state]).toEqual([]);
    await mirror.consumer.close();
    await relay.close();
  });

  it('shows of a secret its envelope, of a hidden type nothing, and keeps both specs off the bus', async () => {
    const store = createMemoryStore({ clock });
    const bus = createMemoryBus({ clock });
    await store.commit({ writes: [put('Secret', 's', 'classified'), put('Hidden', 'h', 'classified')] });
    const relay = relayOf(store, bus);
    const mirror = new Mirror(bus);
    await caughtUp(store, mirror);
    await store.commit({ writes: [put('Secret', 's', 'classified'), put('Hidden', 'h', 'classified')] });
    await caughtUp(store, mirror);
    expect([...mirror.state]).toEqual([['Secret/default/s', 'envelope 2']]);
    const log = await bus.log(FEED_LOG.name, FEED_LOG.subjectPrefix);
    const { first, last } = await log.bounds();
    const messages = await Promise.all(Array.from({ length: last - first + 1 }, (_, index) => log.read(first + index)));
    const entries = await (await bus.bucket(BUCKETS.feedSnapshot.name)).entries();
    expect(messages.length).toBeGreaterThan(2);
    expect(JSON.stringify([messages, entries])).not.toContain('classified');
    await mirror.consumer.close();
    await relay.close();
  });

  it('makes a connected consumer start again when the store has another epoch', async () => {
    const bus = createMemoryBus({ clock });
    const first = createMemoryStore({ clock });
    const relay = relayOf(first, bus);
    await first.commit({ writes: [put('Mesh', 'old'), put('Mesh', 'both', 1)] });
    const mirror = new Mirror(bus);
    await caughtUp(first, mirror);
    await relay.close();
    const second = createMemoryStore({ clock });
    await second.commit({ writes: [put('Mesh', 'both', 2)] });
    const next = relayOf(second, bus);
    await caughtUp(second, mirror);
    expect(mirror.state).toEqual(await expected(second));
    expect(mirror.snapshots).toBe(2);
    await mirror.consumer.close();
    await next.close();
  });

  it('gives every consumer the state of the store, whatever the commits, restarts and starting points', async () => {
    const name = fc.constantFrom('a', 'b', 'c.d', '');
    const type = fc.constantFrom('Mesh', 'Dataplane', 'Secret', 'Hidden');
    const write = fc.oneof(fc.tuple(type, name, fc.nat(9)).map(([t, n, spec]) => put(t, `x${n}`, spec)), fc.tuple(type, name).map(([t, n]) => remove(t, `x${n}`)));
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('commit' as const), writes: fc.array(write, { minLength: 1, maxLength: 6 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('turn', 'restart-relay', 'start-consumer', 'start-filtered', 'second-relay') }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = createMemoryStore({ clock });
        const bus = createMemoryBus({ clock, keptMessages: 5 });
        const relays = [relayOf(store, bus)];
        const mirrors: [Mirror, readonly string[] | undefined][] = [[new Mirror(bus), undefined]];
        for (const action of steps) {
          if ('writes' in action) await store.commit({ writes: action.writes });
          else if (action.do === 'turn') await new Promise<void>((resolve) => setImmediate(resolve));
          else if (action.do === 'start-consumer') mirrors.push([new Mirror(bus), undefined]);
          else if (action.do === 'start-filtered') mirrors.push([new Mirror(bus, ['Mesh', 'Secret']), ['Mesh', 'Secret']]);
          else if (action.do === 'second-relay') relays.push(relayOf(store, bus, `relay-${relays.length + 1}`));
          else {
            await relays.shift()?.close();
            relays.push(relayOf(store, bus, `relay-r${relays.length}`));
          }
        }
        for (const [mirror, types] of mirrors) {
          await caughtUp(store, mirror);
          expect(mirror.state).toEqual(await expected(store, types));
        }
        await Promise.all(mirrors.map(([mirror]) => mirror.consumer.close()));
        await Promise.all(relays.map((relay) => relay.close()));
      }),
      { numRuns: 100 },
    );
  });
});
