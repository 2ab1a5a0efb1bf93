import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeshError } from '@weft/kernel';
import type { BucketEntry, Bus, LogMessage } from './bus.ts';
import { previewOf } from './subjects.ts';
import { askForText, sendText } from './text-parts.ts';
import { answer } from './typed-requests.ts';

/** What the contract suite needs of an implementation. */
export interface BusUnderTest {
  readonly bus: Bus;
  /** Another connection to the same bus; the same object where there is only one process. */
  readonly other: Bus;
  /** Lets this much time pass for expiry. */
  readonly passTime: (ms: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Collects items and lets a test wait for a number of them. */
class Collected<T> {
  readonly items: T[] = [];
  #check: () => void = () => undefined;

  readonly add = (item: T): void => {
    this.items.push(item);
    this.#check();
  };

  async count(wanted: number): Promise<readonly T[]> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (this.items.length >= wanted) resolve();
      };
      this.#check();
    });
    return this.items;
  }
}

/** The contract of Bus; every implementation passes it. Names given by `unique` keep tests of one server apart. */
export function describeBus(title: string, make: () => Promise<BusUnderTest>): void {
  let count = 0;
  const unique = (name: string): string => `${name}${count++}`;

  describe(`Bus: ${title}`, () => {
    let under: BusUnderTest;
    let bus: Bus;
    beforeEach(async () => {
      under = await make();
      bus = under.bus;
    });
    afterEach(() => under.stop());

    describe('requests', () => {
      it('answers with data, and with the error of the handler', async () => {
        const subject = unique('ask.');
        await under.other.serve(subject, 'q', async (payload) => {
          if (payload === 'bad') throw new MeshError('request/invalid', 'no such thing', { violations: [{ path: 'a', message: 'b' }] });
          return { got: payload };
        });
        expect(await bus.request(subject, { x: [1, null, 'é'] })).toEqual({ got: { x: [1, null, 'é'] } });
        await expect(bus.request(subject, 'bad')).rejects.toMatchObject({ code: 'request/invalid', message: 'no such thing', violations: [{ path: 'a', message: 'b' }] });
      });

      it('gives each request to one member of the group', async () => {
        const subject = unique('ask.');
        const served: string[] = [];
        const members = await Promise.all(['one', 'two'].map((member) => under.other.serve(subject, 'q', async () => {
          served.push(member);
          return member;
        })));
        await Promise.all(Array.from({ length: 40 }, () => bus.request(subject, null)));
        expect(served).toHaveLength(40);
        expect(new Set(served).size).toBe(2);
        await members[0]?.close();
        served.length = 0;
        await bus.request(subject, null);
        expect(served).toEqual(['two']);
      });

      it('says that nobody serves a subject', async () => {
        await expect(bus.request(unique('nobody.'), 1)).rejects.toMatchObject({ code: 'bus/unavailable' });
      });

      it('carries texts larger than a message, in order', async () => {
        const { other } = under;
        const text = Array.from({ length: 60_000 }, (_, index) => `"${index}" – ü\u0001 ${index}`).join('');
        const kind = previewOf(unique('xds'));
        const serving = await answer(other, kind, async ({ answerTo }) => {
          await sendText(other, answerTo, text);
          return null;
        });
        expect(await askForText(bus, kind, { mesh: '', changes: [], answerTo: unique('text') }) === text).toBe(true);
        await serving.close();
      });

      it('gives up at the deadline', async () => {
        const subject = unique('silent.');
        await under.other.serve(subject, 'q', () => new Promise(() => undefined));
        const asked = bus.request(subject, 1, { deadlineMs: 100 });
        const outcome = expect(asked).rejects.toMatchObject({ code: 'bus/deadline' });
        await under.passTime(100);
        await outcome;
      });
    });

    describe('buckets', () => {
      it('puts, gets, deletes, lists', async () => {
        const bucket = await bus.bucket(unique('b'));
        await bucket.put('x.=.a=2Eb/c-d_e', { v: [1] });
        await bucket.put('y', 'old');
        await bucket.put('y', 'new');
        expect(await bucket.get('x.=.a=2Eb/c-d_e')).toEqual({ v: [1] });
        expect((await bucket.entries()).map(({ key, value }) => [key, value])).toEqual([['x.=.a=2Eb/c-d_e', { v: [1] }], ['y', 'new']]);
        await bucket.delete('y');
        expect(await bucket.get('y')).toBeUndefined();
        expect(await bucket.get('never')).toBeUndefined();
        expect((await bucket.entries()).map(({ key }) => key)).toEqual(['x.=.a=2Eb/c-d_e']);
      });

      it('compares revisions, of deleted keys too', async () => {
        const bucket = await bus.bucket(unique('b'));
        const first = await bucket.put('k', 1, 0);
        await expect(bucket.put('k', 2, 0)).rejects.toMatchObject({ code: 'store/conflict' });
        const second = await bucket.put('k', 2, first);
        await expect(bucket.delete('k', first)).rejects.toMatchObject({ code: 'store/conflict' });
        const gone = await bucket.delete('k', second);
        await expect(bucket.put('k', 3, 0)).rejects.toMatchObject({ code: 'store/conflict' });
        expect(await bucket.entries({ deleted: true })).toEqual([{ key: 'k', value: undefined, revision: gone }]);
        expect(await bucket.entry('k')).toEqual({ key: 'k', value: undefined, revision: gone });
        const third = await bucket.put('k', 3, gone);
        expect(await bucket.entry('k')).toEqual({ key: 'k', value: 3, revision: third });
        expect(await bucket.entry('never')).toEqual({ key: 'never', value: undefined, revision: 0 });
      });

      it('watches: what is there, ready, then changes', async () => {
        const name = unique('b');
        const bucket = await bus.bucket(name);
        await bucket.put('a', 1);
        await bucket.put('b', 1);
        await bucket.put('c', 1);
        await bucket.delete('c');
        const seen = new Collected<string>();
        const watch = await (await under.other.bucket(name)).watch(({ key, value }) => seen.add(`${key}=${JSON.stringify(value)}`), () => seen.add('ready'));
        await seen.count(3);
        await bucket.put('b', 2);
        await bucket.delete('a');
        expect(await seen.count(5)).toEqual(['a=1', 'b=1', 'ready', 'b=2', 'a=undefined']);
        await watch.close();
        const empty = new Collected<string>();
        await (await bus.bucket(unique('b'))).watch(() => empty.add('entry'), () => empty.add('ready'));
        expect(await empty.count(1)).toEqual(['ready']);
      });

      it('forgets entries that are not written again, and tells watchers', async () => {
        const bucket = await bus.bucket(unique('b'), { ttlMs: 1_000 });
        const gone = new Collected<BucketEntry>();
        await bucket.watch((entry) => {
          if (entry.value === undefined) gone.add(entry);
        });
        await bucket.put('k', 1);
        await under.passTime(1_000);
        expect((await gone.count(1))[0]).toMatchObject({ key: 'k', value: undefined });
        await expect.poll(async () => (await bucket.entry('k')).value).toBeUndefined();
        await bucket.put('k', 2, (await bucket.entry('k')).revision);
      });
    });

    describe('logs', () => {
      const open = async (): Promise<{ name: string; prefix: string }> => {
        const name = unique('log');
        return { name, prefix: `${name}.` };
      };

      it('appends only where expected', async () => {
        const { name, prefix } = await open();
        const log = await bus.log(name, prefix);
        expect(await log.bounds()).toEqual({ first: 1, last: 0 });
        expect(await log.append(`${prefix}a`, { n: 1 }, 0)).toBe(1);
        await expect(log.append(`${prefix}a`, { n: 2 }, 0)).rejects.toMatchObject({ code: 'store/conflict' });
        expect(await log.append(`${prefix}b`, { n: 2 }, 1)).toBe(2);
        expect(await log.read(2)).toEqual({ seq: 2, subject: `${prefix}b`, payload: { n: 2 } });
        expect(await log.read(3)).toBeUndefined();
        expect(await log.bounds()).toEqual({ first: 1, last: 2 });
      });

      it('keeps the order of appends that are on their way together', async () => {
        const { name, prefix } = await open();
        const log = await bus.log(name, prefix);
        const seqs = await Promise.all(Array.from({ length: 100 }, (_, index) => log.append(`${prefix}x`, index, index)));
        expect(seqs).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
      });

      it('delivers from a sequence on, filtered by prefix, and reports progress past the filter', async () => {
        const { name, prefix } = await open();
        const log = await bus.log(name, prefix);
        for (const [index, part] of ['Mesh.a', 'Other.a', 'Mesh.b', 'MeshX.a'].entries()) await log.append(prefix + part, index, index);
        const messages = new Collected<LogMessage>();
        const progress = new Collected<number>();
        const subscription = await (await under.other.log(name, prefix)).consume({ afterSeq: 1, prefixes: [`${prefix}Mesh.`, `${prefix}Other.`], onMessage: messages.add, onProgress: progress.add, onLost: expect.unreachable });
        await log.append(`${prefix}Other.b`, 4, 4);
        expect(await progress.count(4)).toEqual([2, 3, 4, 5]);
        expect(messages.items.map(({ seq, payload }) => [seq, payload])).toEqual([[2, 1], [3, 2], [5, 4]]);
        await subscription.close();
      });

      it('keeps sequences through a purge, and tells a consumer that is too late', async () => {
        const { name, prefix } = await open();
        const log = await bus.log(name, prefix);
        for (let index = 0; index < 3; index += 1) await log.append(`${prefix}x`, index, index);
        await log.purge();
        expect(await log.bounds()).toEqual({ first: 4, last: 3 });
        const lost = new Collected<string>();
        await log.consume({ afterSeq: 1, onMessage: () => expect.unreachable(), onLost: lost.add });
        await lost.count(1);
        const messages = new Collected<LogMessage>();
        await log.consume({ afterSeq: 3, onMessage: messages.add, onLost: expect.unreachable });
        expect(await log.append(`${prefix}x`, 'next', 3)).toBe(4);
        expect((await messages.count(1))[0]?.payload).toBe('next');
      });
    });

    it('is connected', () => {
      expect(bus.status).toBe('connected');
    });
  });
}
