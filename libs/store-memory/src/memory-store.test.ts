import { FakeClock } from '@weft/kernel/testing';
import { describeResourceStore } from '@weft/store/testing';
import { createMemoryStore } from './memory-store.ts';

describeResourceStore('memory', async () => {
  const clock = new FakeClock();
  const store = createMemoryStore({ clock });
  return { store, passTime: async (ms) => clock.advance(ms), stop: () => store.close() };
});
