import { bucketKey, BUCKETS } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { FakeClock } from '@weft/kernel/testing';
import { expect, it, vi } from 'vitest';
import { ObservedWriter } from './observed-writer.ts';

it('writes what follows closely once, and how far the server has come after it', async () => {
  const clock = new FakeClock(1_000_000);
  const bus = createMemoryBus({ clock });
  const written: string[] = [];
  await (await bus.bucket(BUCKETS.observed.name)).watch(({ key, value }) => written.push(`${key} ${JSON.stringify(value)}`));
  const writer = await ObservedWriter.start({ bus, clock, instance: 'xds-1', onFailure: () => undefined });
  let answers = 0;
  const proxy = { key: { mesh: 'm', name: 'web' }, toJson: () => ({ answers }) };
  const mark = `${bucketKey('xds-1')} {"revision":"e.7"}`;

  for (; answers < 5; answers++) writer.touch(proxy);
  writer.settled({ epoch: 'e', n: 7 });
  clock.advance(100);
  await vi.waitFor(() => expect(written).toEqual([`${bucketKey('xds-1', 'm', 'web')} {"answers":5}`, mark]), { timeout: 20_000 });

  // Within the second after a write nothing is written.
  answers = 6;
  writer.touch(proxy);
  clock.advance(900);
  expect(written).toHaveLength(2);
  clock.advance(100);
  await vi.waitFor(() => expect(written.slice(2)).toEqual([`${bucketKey('xds-1', 'm', 'web')} {"answers":6}`]), { timeout: 20_000 });
  await writer.stop();
  await vi.waitFor(() => expect(written.at(-1)).toBe(`${bucketKey('xds-1')} undefined`), { timeout: 20_000 });
});
