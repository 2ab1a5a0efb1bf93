import { equalData } from '@weft/kernel';
import { extractSensitive, restoreSensitive, toDocument, validateResource } from '@weft/resource-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allTypes } from './registry.ts';

const TYPES = allTypes.map((type) => [type.name, type] as const);

// Keys that schemas know, so that arbitrary data gets past the first level.
const WORDS = ['type', 'mesh', 'name', 'labels', 'spec', 'networking', 'inbound', 'tags', 'port', 'mtls', 'backends', 'conf', 'targetRef', 'kind', 'to', 'from', 'rules', 'default', 'http', 'matches', '__proto__'];
const document = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 6 }, fc.constantFrom<unknown>(null, true, -1, 1e300, '', '10s', 'Mesh', 'MeshService'), fc.string(), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...WORDS), fc.string()), tie('value'), { maxKeys: 6, noNullPrototype: true }),
})).object;

describe('documents of every type', () => {
  it.each(TYPES)('%s: any JSON gives a resource or violations, never a throw', (name, type) => {
    fc.assert(fc.property(document, fc.boolean(), (content, asSpec) => {
      const meta = { type: name, mesh: 'default', name: 'one' };
      const outcome = validateResource(type, asSpec ? { ...meta, spec: content } : { ...content, ...meta });
      if (!outcome.ok) expect(outcome.error.length).toBeGreaterThan(0);
    }), { numRuns: 200 });
  });

  it.each(TYPES)('%s: what was accepted reads back as itself, without warnings of unknown fields', (name, type) => {
    fc.assert(fc.property(document, (content) => {
      const first = validateResource(type, { ...content, type: name, mesh: 'default', name: 'one', labels: {}, creationTime: '', modificationTime: '' });
      if (!first.ok) return;
      const written = toDocument(type, first.value.resource);
      const again = validateResource(type, written);
      expect(again.ok && toDocument(type, again.value.resource)).toEqual(written);
      expect(again.ok && again.value.warnings.filter((warning) => warning.startsWith('unknown field'))).toEqual([]);
    }), { numRuns: 200 });
  });

  it.each(TYPES)('%s: taking sensitive values out and putting them back changes nothing', (_, type) => {
    fc.assert(fc.property(document, (content) => {
      const { spec, values } = extractSensitive(type.schema, content);
      expect(equalData(restoreSensitive(type.schema, spec, values), content)).toBe(true);
    }), { numRuns: 200 });
  });

  it.each([null, 7, 'text', [], [{}]])('%j is no document', (value) => {
    for (const type of allTypes) expect(validateResource(type, value)).toMatchObject({ ok: false });
  });
});
