import { describe, expect, it } from 'vitest';
import { emptyNames, readNameTable } from './name-table.ts';

const table = (document: object) => {
  const read = readNameTable(JSON.stringify(document));
  if (!read.ok) throw new Error(read.error);
  return read.value;
};

describe('readNameTable', () => {
  it('knows names of the table, and that no others are in domains of the mesh', () => {
    const names = table({ records: [{ name: 'Web.mesh', ips: ['240.0.0.1', '::ffff:f000:1', 5] }], ttl: 7, extraLabels: { mesh: 'default' }, domains: ['corp.example', 5] });
    expect(names.lookup('web.mesh')).toMatchObject({ kind: 'found', addresses: ['240.0.0.1', '::ffff:f000:1'], ttl: 7 });
    expect(['db.mesh', 'db.svc.mesh.local', 'db.corp.example', 'corp.example', 'example', 'printer.local'].map((name) => names.lookup(name).kind))
      .toEqual(['absent', 'absent', 'absent', 'empty', 'elsewhere', 'elsewhere']);
  });

  it.each(['', '[]', 'null', '{"records":{}}', '{"records":[{"name":1,"ips":[]}]}'])('says what is wrong with %j', (body) => {
    expect(readNameTable(body).ok).toBe(false);
  });
});

it('before the first table, nothing of the mesh is denied', () => {
  expect(['web.mesh', 'web.svc.mesh.local', 'example.com'].map((name) => emptyNames().lookup(name).kind)).toEqual(['unready', 'unready', 'elsewhere']);
});
