import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SerialTask } from './serial-task.ts';

it('runs one at a time, and once more after the last request, whenever it comes', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 12 }), fc.nat(4), async (gaps, length) => {
    let [asked, seen, active] = [0, 0, 0];
    const task = new SerialTask(async () => {
      active += 1;
      expect(active).toBe(1);
      const upTo = asked;
      for (let step = 0; step < length; step += 1) await Promise.resolve();
      seen = upTo;
      active -= 1;
    });
    for (const gap of gaps) {
      asked += 1;
      void task.request();
      for (let step = 0; step < gap; step += 1) await Promise.resolve();
    }
    await task.settled();
    expect(seen).toBe(asked);
  }));
});
