import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillVariables, parseDocuments, parseVariables, readInput } from './documents.ts';

let folder: string;
const terminal = { env: {}, stdin: Readable.from(['type: Mesh']), stdout: new Writable(), stderr: new Writable() };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weftctl-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('readInput', () => {
  it('reads a folder by name and not deeper, other endings left out', async () => {
    for (const name of ['b.yaml', 'a.YML', 'c.json', 'notes.txt']) writeFileSync(join(folder, name), name);
    mkdirSync(join(folder, 'sub.yaml'));
    expect((await readInput(folder, terminal)).map(({ text }) => text)).toEqual(['a.YML', 'b.yaml', 'c.json']);
  });

  it('reads standard input, and says what it cannot read', async () => {
    expect(await readInput('-', terminal)).toEqual([{ source: 'stdin', text: 'type: Mesh' }]);
    await expect(readInput(join(folder, 'missing.yaml'), terminal)).rejects.toThrow(/cannot read .*missing.yaml/);
  });
});

describe('parseDocuments', () => {
  it('splits at lines of three dashes and skips what is empty', () => {
    const { documents, errors } = parseDocuments('f', '---\ntype: Mesh\nname: a\n---\n\n# nothing\n---\n{"type":"Zone","name":"b"}\n');
    expect(errors).toEqual([]);
    expect(documents.map(({ source, value }) => [source, value['name']])).toEqual([['f:2', 'a'], ['f:8', 'b']]);
  });

  it('names the line of what does not parse', () => {
    const { errors } = parseDocuments('f', 'type: Mesh\n---\ntype: Mesh\nname: [a\n');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^f:[45]: /);
  });

  it('wants a mapping', () => {
    expect(parseDocuments('f', '- a\n- b\n').errors).toEqual(['f:1: a resource must be a mapping with type and name']);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      expect(parseDocuments('f', text)).toHaveProperty('documents');
    }));
  });
});

describe('variables', () => {
  it('nest at dots and are filled in', () => {
    expect(fillVariables('name: {{dp.name}} {{port}}', parseVariables(['dp.name=web-1', 'port=80=81']))).toBe('name: web-1 80=81');
  });

  it('must be assignments', () => {
    expect(() => parseVariables(['web'])).toThrow('write it as name=value');
  });
});
