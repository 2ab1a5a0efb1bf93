import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerQuery, failure } from './answer-query.ts';
import { readNameTable, type NameTable } from './name-table.ts';

function table(records: readonly { readonly name: string; readonly ips: readonly string[] }[]): NameTable {
  const read = readNameTable(JSON.stringify({ records, ttl: 30, extraLabels: { mesh: 'default' } }));
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

const names = table([{ name: 'web.mesh', ips: ['240.0.0.1', '::ffff:f000:1'] }, { name: 'many.mesh', ips: Array.from({ length: 60 }, (_, index) => `240.0.1.${index}`) }]);
const query = (name: string, type: 'A' | 'AAAA' | 'TXT', more: Packet = {}): Buffer => encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type, name }], ...more });

function answered(bytes: Buffer, limit = true) {
  const verdict = answerQuery(bytes, names, limit);
  if (verdict.kind !== 'answer') throw new Error(verdict.kind);
  return decode(verdict.bytes);
}

describe('answerQuery', () => {
  it('answers names of the table by the type that is asked for, in any case', () => {
    const found = answered(query('Web.MESH', 'A'));
    expect(found).toMatchObject({ id: 7, type: 'response', flag_aa: true, flag_rd: true, flag_ra: true, questions: [{ name: 'Web.MESH' }], answers: [{ type: 'A', ttl: 30, data: '240.0.0.1', name: 'Web.MESH' }] });
    expect(answered(query('web.mesh', 'AAAA')).answers).toMatchObject([{ data: '::ffff:f000:1' }]);
    expect(answered(query('web.mesh', 'TXT'))).toMatchObject({ answers: [], rcode: 'NOERROR' });
    expect(answered(query('many.mesh', 'AAAA'))).toMatchObject({ answers: [], rcode: 'NOERROR' });
  });

  it('leaves every other name to the host', () => {
    expect(answerQuery(query('example.com', 'A'), names, true)).toEqual({ kind: 'forward' });
    expect(answerQuery(query('b.web.mesh', 'A'), names, true)).toEqual({ kind: 'forward' });
  });

  it('tells a client over UDP to ask over TCP for what does not fit', () => {
    expect(answered(query('many.mesh', 'A'))).toMatchObject({ flag_tc: true, answers: [] });
    expect(answered(query('many.mesh', 'A'), false).answers).toHaveLength(60);
    const edns = answered(query('many.mesh', 'A', { additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }] }));
    expect([edns.flag_tc, edns.answers?.length, edns.additionals?.[0]?.type]).toEqual([false, 60, 'OPT']);
  });

  it('refuses what is no query of a kind that it knows', () => {
    expect(answered(encode({ type: 'query', id: 1, flags: 0x2000, questions: [{ type: 'A', name: 'web.mesh' }] }))).toMatchObject({ rcode: 'NOTIMP' });
    expect(answered(encode({ type: 'query', id: 1, questions: [] }))).toMatchObject({ rcode: 'FORMERR' });
    expect(answerQuery(encode({ type: 'response', id: 1 }), names, true)).toEqual({ kind: 'ignore' });
    expect(decode(failure(query('example.com', 'A'), 'SERVFAIL'))).toMatchObject({ id: 7, rcode: 'SERVFAIL', questions: [{ name: 'example.com' }] });
  });

  it('never throws, whatever bytes come', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, limit) => {
      expect(['answer', 'forward', 'ignore']).toContain(answerQuery(Buffer.from(bytes), names, limit).kind);
    }));
  });
});

describe('readNameTable', () => {
  it.each(['', '[]', 'null', '{"records":{}}', '{"records":[{"name":1,"ips":[]}]}'])('says what is wrong with %j', (body) => {
    expect(readNameTable(body).ok).toBe(false);
  });
});
