import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { closeInReverse, watchSignals } from './shutdown.ts';
import { silentLogger } from './silent-logger.ts';

test('parts close in the reverse of their order, and one that fails holds up nothing', async () => {
  const closed: string[] = [];
  const part = (name: string, fails = false) => ({
    name,
    close: async () => {
      closed.push(name);
      if (fails) throw new Error('no');
    },
  });
  expect(await closeInReverse([part('store'), part('bus', true), part('app')], { log: silentLogger })).toBe(false);
  expect(closed).toEqual(['app', 'bus', 'store']);
});

test('a part that hangs is given up on', async () => {
  const hanging = { name: 'hanging', close: () => new Promise<void>(() => undefined) };
  const closed: string[] = [];
  const first = { name: 'first', close: async () => void closed.push('first') };
  expect(await closeInReverse([first, hanging], { log: silentLogger, eachMs: 1 })).toBe(false);
  expect(closed).toEqual(['first']);
});

test('the first signal resolves, the second ends the process', async () => {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const source = Object.assign(emitter, { exit: (code: number) => void exits.push(code) });
  const watch = watchSignals(source);
  emitter.emit('SIGTERM');
  expect(await watch.first).toBe('SIGTERM');
  expect(exits).toEqual([]);
  emitter.emit('SIGINT');
  expect(exits).toEqual([1]);
  watch.stop();
  expect(emitter.listenerCount('SIGTERM') + emitter.listenerCount('SIGINT')).toBe(0);
});
