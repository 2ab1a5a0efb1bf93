import { describe, expect, it } from 'vitest';
import { describeBus } from '@weft/bus/testing';
import { FakeClock } from '@weft/kernel/testing';
import { createMemoryBus } from './memory-bus.ts';

describeBus('memory', async () => {
  const clock = new FakeClock();
  const bus = createMemoryBus({ clock });
  const passTime = async (ms: number): Promise<void> => {
    await Promise.resolve();
    clock.advance(ms);
  };
  return { bus, other: bus, passTime, stop: () => bus.close() };
});

describe('memory log', () => {
  it('forgets the oldest messages, and tells a consumer that needs them', async () => {
    const log = await createMemoryBus({ clock: new FakeClock(), keptMessages: 2 }).log('feed', 'feed.');
    for (let index = 0; index < 10; index += 1) await log.append('feed.x', index, index);
    const { first, last } = await log.bounds();
    expect(last).toBe(10);
    expect(first).toBeGreaterThan(5);
    await new Promise((resolve) => void log.consume({ afterSeq: first - 2, onMessage: () => expect.unreachable(), onLost: resolve }));
  });
});
