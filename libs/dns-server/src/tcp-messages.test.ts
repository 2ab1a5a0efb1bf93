import fc from 'fast-check';
import { expect, it } from 'vitest';
import { frame, MessageReader } from './tcp-messages.ts';

it('gives the messages that were framed, however the stream is cut', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }), (messages, cuts) => {
    const stream = Buffer.concat(messages.map((message) => frame(Buffer.from(message))));
    const reader = new MessageReader();
    const read: Buffer[] = [];
    let at = 0;
    for (const length of [...cuts, stream.length]) {
      read.push(...reader.read(stream.subarray(at, at + length)).map((message) => Buffer.from(message)));
      at += length;
    }
    expect(read.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
  }));
});
