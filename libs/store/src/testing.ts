import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resource, ResourceKey } from '@weft/resource-model';
import type { ResourceStore, Write } from './resource-store.ts';

/** What the contract suite needs of an implementation. */
export interface StoreUnderTest {
  readonly store: ResourceStore;
  /** Lets this much time pass for leases. */
  readonly passTime: (ms: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A put of a small resource; `any` unless told otherwise. */
export function putOf(name: string, options: { spec?: unknown; type?: string; mesh?: string; expect?: Write['expect'] } = {}): Write {
  const { spec = {}, type = 'Dataplane', mesh = 'default', expect: wanted = 'any' } = options;
  const time = '2026-01-01T00:00:00.000Z';
  return { op: 'put', expect: wanted, resource: { type, mesh, name, labels: {}, creationTime: time, modificationTime: time, spec } };
}

function keyed(name: string): ResourceKey {
  return { type: 'Dataplane', mesh: 'default', name };
}

const names = (resources: readonly Resource[]): string[] => resources.map((resource) => `${resource.mesh}/${resource.name}`);

/** The contract of ResourceStore; every implementation passes it on a fresh, empty store per test. */
export function describeResourceStore(title: string, make: () => Promise<StoreUnderTest>): void {
  describe(`ResourceStore: ${title}`, () => {
    let under: StoreUnderTest;
    let store: ResourceStore;
    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(() => under.stop());

    it('starts empty, at revision 0 of some epoch', async () => {
      const head = await store.head();
      expect(head).toEqual({ epoch: expect.stringMatching(/.+/), n: 0 });
      expect(await store.snapshot()).toEqual({ revision: head, resources: [] });
      expect(await store.get(keyed('a'))).toBeUndefined();
      expect(await store.changesAfter(0, 10)).toEqual([]);
    });

    it('numbers writes one by one, and versions per resource', async () => {
      const first = await store.commit({ writes: [putOf('a', { spec: { x: [1, { y: 'é' }] } }), putOf('b')] });
      const second = await store.commit({ writes: [putOf('a', { spec: 2 })] });
      expect([first.revision.n, second.revision.n, (await store.head()).n]).toEqual([2, 3, 3]);
      expect((await store.get(keyed('a')))?.version).toBe(2);
      expect((await store.get(keyed('b')))?.version).toBe(1);
      const records = await store.changesAfter(0, 10);
      expect(records).toEqual([...first.records, ...second.records]);
      expect(records[0]).toEqual({ revision: { epoch: first.revision.epoch, n: 1 }, change: { op: 'put', resource: { ...putResource('a', { x: [1, { y: 'é' }] }), version: 1 } } });
    });

    it('keeps to expectations: absent, a version, any', async () => {
      await store.commit({ writes: [putOf('a', { expect: 'absent' })] });
      await expect(store.commit({ writes: [putOf('a', { expect: 'absent' })] })).rejects.toMatchObject({ code: 'store/conflict' });
      await store.commit({ writes: [putOf('a', { expect: { version: 1 } })] });
      await expect(store.commit({ writes: [putOf('a', { expect: { version: 1 } })] })).rejects.toMatchObject({ code: 'store/conflict' });
      await expect(store.commit({ writes: [putOf('z', { expect: { version: 1 } })] })).rejects.toMatchObject({ code: 'store/conflict' });
      expect((await store.get(keyed('a')))?.version).toBe(2);
    });

    it('deletes with expectations, and starts versions again', async () => {
      await store.commit({ writes: [putOf('a'), putOf('a')] });
      const remove = (expected: Write['expect']): Write => ({ op: 'delete', key: keyed('a'), expect: expected });
      await expect(store.commit({ writes: [remove({ version: 1 })] })).rejects.toMatchObject({ code: 'store/conflict' });
      const { records } = await store.commit({ writes: [remove({ version: 2 })] });
      expect(records[0]?.change).toEqual({ op: 'delete', key: keyed('a') });
      expect(await store.get(keyed('a'))).toBeUndefined();
      await expect(store.commit({ writes: [remove({ version: 2 })] })).rejects.toMatchObject({ code: 'store/not-found' });
      await store.commit({ writes: [putOf('a', { expect: 'absent' })] });
      expect((await store.get(keyed('a')))?.version).toBe(1);
    });

    it('sees earlier writes of a batch in later ones', async () => {
      await store.commit({ writes: [putOf('a', { expect: 'absent' }), putOf('a', { expect: { version: 1 } }), { op: 'delete', key: keyed('a'), expect: { version: 2 } }, putOf('a', { expect: 'absent', spec: 'last' })] });
      expect(await store.get(keyed('a'))).toMatchObject({ version: 1, spec: 'last' });
      expect((await store.head()).n).toBe(4);
    });

    it('does all of a batch or nothing, secrets included', async () => {
      await store.commit({ writes: [putOf('a')], secrets: [{ key: keyed('a'), data: new Uint8Array([0, 1, 255]) }] });
      const refused = store.commit({ writes: [putOf('new'), { op: 'delete', key: keyed('a'), expect: 'any' }, putOf('x', { expect: { version: 7 } })], secrets: [{ key: keyed('a'), data: null }, { key: keyed('new'), data: new Uint8Array([1]) }] });
      await expect(refused).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await store.readSecret(keyed('a'))).toEqual(new Uint8Array([0, 1, 255]));
      expect(await store.readSecret(keyed('new'))).toBeUndefined();
      expect(names((await store.snapshot()).resources)).toEqual(['default/a']);
      expect((await store.head()).n).toBe(1);
      await store.commit({ writes: [{ op: 'delete', key: keyed('a'), expect: 'any' }], secrets: [{ key: keyed('a'), data: null }] });
      expect(await store.readSecret(keyed('a'))).toBeUndefined();
    });

    it('lists by type and mesh, in order', async () => {
      await store.commit({ writes: [putOf('b'), putOf('a'), putOf('c', { mesh: 'alpha' }), putOf('d', { type: 'DataplaneInsight' })] });
      expect(names(await store.list('Dataplane'))).toEqual(['alpha/c', 'default/a', 'default/b']);
      expect(names(await store.list('Dataplane', 'default'))).toEqual(['default/a', 'default/b']);
      expect(await store.list('Mesh')).toEqual([]);
    });

    it('lets exactly one of many racing writers win', async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, spec) => store.commit({ writes: [putOf('vip', { expect: 'absent', spec })] })));
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect((await store.head()).n).toBe(1);
    });

    it('shows snapshots without half a batch, while batches are written', async () => {
      const writing = (async () => {
        for (let round = 0; round < 30; round += 1) await store.commit({ writes: [putOf('a', { spec: round }), putOf('b', { spec: round })] });
      })();
      for (let look = 0; look < 30; look += 1) {
        const { revision, resources } = await store.snapshot();
        expect(new Set(resources.map((resource) => resource.spec)).size).toBeLessThanOrEqual(1);
        expect(revision.n).toBe(2 * (resources[0]?.version ?? 0));
      }
      await writing;
    });

    it('reads change records in pieces, and says which are trimmed', async () => {
      await store.commit({ writes: Array.from({ length: 12 }, (_, index) => putOf(`n${index}`)) });
      expect((await store.changesAfter(9, 2)).map((record) => record.revision.n)).toEqual([10, 11]);
      await store.trim(10);
      expect((await store.changesAfter(10, 100)).map((record) => record.revision.n)).toEqual([11, 12]);
      await expect(store.changesAfter(9, 1)).rejects.toMatchObject({ code: 'store/not-found' });
      expect((await store.snapshot()).resources).toHaveLength(12);
      await store.trim(12);
      expect(await store.changesAfter(12, 1)).toEqual([]);
      expect((await store.commit({ writes: [putOf('later')] })).revision.n).toBe(13);
      expect(await store.changesAfter(12, 5)).toHaveLength(1);
    });

    it('calls back after commits until told to stop', async () => {
      let stop = (): void => undefined;
      let calls = 0;
      const called = new Promise<void>((resolve) => {
        stop = store.onCommit(() => {
          calls += 1;
          resolve();
        });
      });
      await store.commit({ writes: [putOf('a')] });
      await called;
      stop();
      const seen = calls;
      await store.commit({ writes: [putOf('b')] });
      await store.head();
      expect(calls).toBe(seen);
    });

    it('hands a lease over with a growing token, and fences the old holder off', async () => {
      const first = await store.acquireLease('relay', 'one', 400);
      expect(first?.token).toBeGreaterThan(0);
      expect(await store.acquireLease('relay', 'two', 400)).toBeUndefined();
      expect((await store.acquireLease('relay', 'one', 400))?.token).toBe(first?.token);
      await store.commit({ writes: [putOf('a')], fence: { lease: 'relay', token: first!.token } });
      await under.passTime(500);
      const second = await store.acquireLease('relay', 'two', 60_000);
      expect(second?.token).toBeGreaterThan(first!.token);
      await expect(store.commit({ writes: [putOf('a')], fence: { lease: 'relay', token: first!.token } })).rejects.toMatchObject({ code: 'store/fenced' });
      await store.commit({ writes: [putOf('a')], fence: { lease: 'relay', token: second!.token } });
      await store.releaseLease('relay', 'one');
      expect(await store.acquireLease('relay', 'one', 400)).toBeUndefined();
      await store.releaseLease('relay', 'two');
      expect((await store.acquireLease('relay', 'one', 400))?.token).toBeGreaterThan(second!.token);
    });

    it('says how durable it is', async () => {
      expect(await store.durability()).toMatchObject({ detail: expect.stringMatching(/\w+/) });
    });
  });
}

function putResource(name: string, spec: unknown): Omit<Resource, 'version'> {
  const write = putOf(name, { spec });
  if (write.op !== 'put') throw new Error('a put was expected');
  return write.resource;
}
