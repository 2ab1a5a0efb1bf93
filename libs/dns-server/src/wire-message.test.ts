import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQuery } from './read-query.ts';
import { readMessage } from './wire-message.ts';
import { failure, fitUdp } from './responses.ts';
import { readWorldAnswer } from './answer-cache.ts';

const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const record = fc.record({ name, ttl: fc.nat(100_000), type: fc.constantFrom('A' as const, 'TXT' as const, 'CNAME' as const) }).map(({ name: owner, ttl, type }) => (
  type === 'A' ? { type, name: owner, ttl, data: '192.0.2.1' } : { type, name: owner, ttl, data: type === 'TXT' ? 'text' : 'target.example' }));
const packet: fc.Arbitrary<Packet> = fc.record({ id: fc.nat(0xffff), name, answers: fc.array(record, { maxLength: 4 }), authorities: fc.array(record, { maxLength: 2 }) })
  .map(({ id, name: asked, answers, authorities }) => ({ type: 'response', id, questions: [{ type: 'A', name: asked }], answers, authorities }));

describe('readMessage', () => {
  it('says of every good message what a decoder says', () => {
    fc.assert(fc.property(packet, (made) => {
      const bytes = encode(made);
      const [read, decoded] = [readMessage(bytes), decode(bytes)];
      expect(read?.id).toBe(decoded.id);
      expect(read?.question?.name).toBe(decoded.questions?.[0]?.name.toLowerCase());
      expect(read?.records.map(({ section, ttl }) => [section, ttl])).toEqual([
        ...(decoded.answers ?? []).map((answer) => ['answer', 'ttl' in answer ? answer.ttl : undefined]), ...(decoded.authorities ?? []).map((answer) => ['authority', 'ttl' in answer ? answer.ttl : undefined]),
      ]);
      expect(read?.records.at(-1)?.end ?? read?.question?.end).toBe(bytes.length);
    }));
  });

  it('takes no part of a message for the whole, and survives every change of a byte', () => {
    fc.assert(fc.property(packet, fc.nat(), fc.nat(255), (made, place, value) => {
      const bytes = encode(made);
      expect(readMessage(bytes.subarray(0, place % bytes.length))).toBeUndefined();
      bytes[place % bytes.length] = value;
      expect(() => [readMessage(bytes), readQuery(bytes), readWorldAnswer(bytes), failure(bytes, 'SERVFAIL')]).not.toThrow();
    }));
  });

  it('never throws, whatever bytes come; what has an answer gets one that can be read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (raw) => {
      const bytes = Buffer.from(raw);
      const read = readQuery(bytes);
      if (read.kind === 'refuse') expect(decode(failure(bytes, read.code)).type).toBe('response');
      if (read.kind === 'query') expect(fitUdp(Buffer.alloc(5000), read.query, 1232).length).toBeLessThan(bytes.length + 12);
    }), { numRuns: 1000 });
  });

  it('tells a dot inside a label from one between two', () => {
    const bytes = Buffer.concat([Buffer.from('000001000001000000000000', 'hex'), Buffer.from([5]), Buffer.from('x.Yé', 'utf8'), Buffer.from([0, 0, 1, 0, 1])]);
    expect(readMessage(bytes)?.question?.name).toBe('x\\046y\\195\\169');
  });
});
