import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPatch, type JsonPatchOperation } from './json-patch.ts';

/** As RFC 6902 says, for the operations that are made here. */
function applied(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  let root: unknown = structuredClone(document);
  for (const operation of operations) {
    const parts = operation.path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = parts.pop();
    if (last === undefined) {
      root = operation.op === 'remove' ? undefined : operation.value;
      continue;
    }
    const parent = parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], root) as Record<string, unknown>;
    if (operation.op === 'remove') Reflect.deleteProperty(parent, last);
    else Object.defineProperty(parent, last, { value: operation.value, enumerable: true, configurable: true, writable: true });
  }
  return root;
}

describe('JSON Patch', () => {
  it('names only what differs', () => {
    const before = { 'a/b': { c: 1, d: [1, { e: 2 }] }, gone: true };
    expect(jsonPatch(before, { 'a/b': { c: 1, d: [1, { e: 3 }] }, new: null })).toEqual([
      { op: 'replace', path: '/a~1b/d/1/e', value: 3 }, { op: 'remove', path: '/gone' }, { op: 'add', path: '/new', value: null },
    ]);
    expect(jsonPatch(before, structuredClone(before))).toEqual([]);
    expect(jsonPatch([1], [1, 2])).toEqual([{ op: 'replace', path: '', value: [1, 2] }]);
  });

  it('makes any value of any other', () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(fc.property(json, json, (before, after) => {
      expect(applied(before, jsonPatch(before, after))).toEqual(after);
    }));
  });
});
