import type { ZoneLivenessSpec } from '@weft/resource-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGlobal, STOCK_CALL, type GlobalForTest } from '../global/testing/global-for-test.ts';
import { ZoneForTest } from '../global/testing/zone-for-test.ts';
import { FederatedZone } from './testing/federated-zone.ts';

describe('which zones are alive', () => {
  let global: GlobalForTest;
  let east: FederatedZone;
  let west: FederatedZone;
  beforeAll(async () => {
    global = await startGlobal();
    [east, west] = await Promise.all(['east', 'west'].map((name) => FederatedZone.start({ name, global: () => global.sync.addresses['kds'] ?? '' }))) as [FederatedZone, FederatedZone];
  });
  afterAll(async () => {
    await Promise.all([east.close(), west.close()]);
    await global.close();
  });

  const told = async (): Promise<unknown> => Object.fromEntries((await east.store.ports.store.list('ZoneLiveness')).map(({ spec }) => spec as ZoneLivenessSpec).map(({ zone, online }) => [zone, online]));
  const tells = (wanted: object): Promise<void> => expect.poll(told, { timeout: 15_000 }).toEqual(wanted);

  it('is told to the others, as they go and come', async () => {
    await tells({ east: true, west: true });
    await west.leave();
    await tells({ east: true, west: false });
    await west.join();
    await tells({ east: true, west: true });
  });

  it('is not told of a stock zone', async () => {
    const link = global.link(STOCK_CALL);
    const zone = new ZoneForTest(link, { name: STOCK_CALL.zone, weft: false, types: ['Mesh', 'ZoneLiveness'] });
    await expect.poll(() => [...zone.kept.keys()]).toEqual(['Mesh default.']);
    await west.leave();
    await tells({ east: true, west: false });
    expect([...zone.kept.keys()]).toEqual(['Mesh default.']);
  });
});
