import { readFileSync } from 'node:fs';
import { toDocument, validateResource } from '@weft/resource-model';
import { describe, expect, it } from 'vitest';
import { weftRegistry } from './registry.ts';

type Document = Readonly<Record<string, unknown>>;
const documents = readJson('recorded-documents.json') as Document[];
const refusals = readJson('recorded-refusals.json') as { document: Document; violations: string[] }[];

describe('documents that Kuma 2.14.3 answered with', () => {
  it.each(documents.map((document) => [`${String(document['type'])} ${String(document['name'])}`, document] as const))('%s reads and writes back the same, in the same order', (_, document) => {
    const type = weftRegistry.byName(String(document['type']));
    expect(type).toBeDefined();
    const outcome = validateResource(type!, document);
    expect(outcome).toMatchObject({ ok: true });
    if (outcome.ok) expect(JSON.stringify(toDocument(type!, outcome.value.resource), null, 1)).toBe(JSON.stringify(document, null, 1));
  });
});

describe('documents that Kuma 2.14.3 refused', () => {
  it.each(refusals.map((refusal) => [refusal.violations[0] ?? '', refusal] as const))('%s', (_, { document, violations }) => {
    const type = weftRegistry.byName(String(document['type']));
    const outcome = validateResource(type!, document);
    expect(outcome.ok ? [] : outcome.error.map(({ path, message }) => `${path}: ${message}`)).toEqual(violations);
  });
});

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8'));
}
