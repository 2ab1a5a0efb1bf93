import { adminOpenOf, answer, type Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { MeshError } from '@weft/kernel';
import { FakeClock } from '@weft/kernel/testing';
import type { ResourceKey } from '@weft/resource-model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { adminOpener } from './open-admin.ts';

const WEB = { type: 'Dataplane', mesh: 'default', name: 'web-1' };

let bus: Bus;
let opened: string[];

beforeEach(() => {
  bus = createMemoryBus({ clock: new FakeClock() });
  opened = [];
});
afterEach(() => bus.close());

/** The server `cp-1`, which holds `web-1`. */
const opener = (): ReturnType<typeof adminOpener> => adminOpener({ bus, instance: 'cp-1', find: ({ name }) => (name === 'web-1' ? { openAdmin: async () => void opened.push(name) } : undefined) });

it('opens the listener where the stream is: here, or at another server', async () => {
  const asked: ResourceKey[] = [];
  await answer(bus, adminOpenOf('cp-2'), async (key) => {
    asked.push(key);
    return null;
  });
  await opener().anywhere({ proxy: WEB });
  await opener().anywhere({ proxy: WEB, holder: 'cp-1' });
  expect([opened.length, asked]).toEqual([2, []]);
  await opener().anywhere({ proxy: WEB, holder: 'cp-2' });
  expect([opened.length, asked]).toEqual([2, [WEB]]);
});

it('a holder that is away is no obstacle, but what it says against it counts', async () => {
  await opener().anywhere({ proxy: WEB, holder: 'cp-3' });
  await answer(bus, adminOpenOf('cp-2'), async () => {
    throw new MeshError('proxy/unreachable', 'Envoy does not take it');
  });
  await expect(opener().anywhere({ proxy: WEB, holder: 'cp-2' })).rejects.toMatchObject({ code: 'proxy/unreachable' });
});

it('a proxy that nobody holds is left to the call', async () => {
  await opener().anywhere({ proxy: { ...WEB, name: 'gone' } });
  expect(opened).toEqual([]);
});
