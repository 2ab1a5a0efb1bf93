import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '@weft/kernel/testing';
import { describeResourceStore, putOf } from '@weft/store/testing';
import { openEmbeddedStore } from './embedded-store.ts';

const clock = new FakeClock();

describeResourceStore('embedded', async () => {
  const path = await mkdtemp(join(tmpdir(), 'weft-store-'));
  const store = await openEmbeddedStore({ path, clock });
  return {
    store,
    passTime: async (ms) => clock.advance(ms),
    stop: async () => {
      await store.close();
      await rm(path, { recursive: true });
    },
  };
});

describe('embedded store', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'weft-store-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('finds everything again after reopening: documents, secrets, records, epoch, tokens, trimming', async () => {
    const key = { type: 'Dataplane', mesh: 'default', name: 'a' };
    const before = await openEmbeddedStore({ path, clock });
    await before.commit({ writes: [putOf('a', { spec: 1 }), putOf('b'), putOf('c')], secrets: [{ key, data: new Uint8Array([7]) }] });
    await before.trim(2);
    const grant = await before.acquireLease('relay', 'one', 60_000);
    const snapshot = await before.snapshot();
    await before.close();
    const after = await openEmbeddedStore({ path, clock });
    expect(await after.snapshot()).toEqual(snapshot);
    expect(await after.readSecret(key)).toEqual(new Uint8Array([7]));
    expect((await after.changesAfter(2, 10)).map((record) => record.revision.n)).toEqual([3]);
    await expect(after.changesAfter(1, 10)).rejects.toMatchObject({ code: 'store/not-found' });
    expect((await after.acquireLease('relay', 'two', 60_000))?.token).toBeGreaterThan(grant!.token);
    await after.close();
  });

  it('says who has the folder open', async () => {
    const store = await openEmbeddedStore({ path, clock });
    const second = openEmbeddedStore({ path, clock });
    await expect(second).rejects.toMatchObject({ code: 'store/unavailable' });
    await expect(second).rejects.toThrow(`process ${process.pid}`);
    await store.close();
  });
});
