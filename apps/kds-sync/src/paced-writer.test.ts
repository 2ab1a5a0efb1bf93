import { expect, it } from 'vitest';
import { PacedWriter } from './paced-writer.ts';

it('encodes a message when the one before has left, and drops what waits at the end', () => {
  const encoded: string[] = [];
  const left: (() => void)[] = [];
  const writer = new PacedWriter<string>({ write: (_, done) => left.push(done) > 0 }, (message) => {
    encoded.push(message);
    return Buffer.from(message);
  });
  for (const message of ['one', 'two', 'three']) writer.write(message);
  expect([encoded, writer.pending]).toEqual([['one'], 3]);
  left.shift()?.();
  expect([encoded, writer.pending]).toEqual([['one', 'two'], 2]);
  writer.close();
  left.shift()?.();
  writer.write('four');
  expect([encoded, writer.pending]).toEqual([['one', 'two'], 0]);
});
