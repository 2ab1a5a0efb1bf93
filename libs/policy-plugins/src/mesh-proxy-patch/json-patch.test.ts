import { describe, expect, it } from 'vitest';
import { applyJsonPatches, type JsonPatchOperation } from './json-patch.ts';

type Case = readonly [what: string, operation: JsonPatchOperation, expected: unknown];

const DOCUMENT = { a: { b: 1 }, list: ['x', 'y'], 'with/slash': { 'and~tilde': true } };

const CASES: readonly Case[] = [
  ['adds a member', { op: 'add', path: '/a/c', value: 2 }, { ...DOCUMENT, a: { b: 1, c: 2 } }],
  ['adds with the parents that are missing', { op: 'add', path: '/new/deep/0/x', value: 2 }, { ...DOCUMENT, new: { deep: [{ x: 2 }] } }],
  ['inserts into a list', { op: 'add', path: '/list/1', value: 'z' }, { ...DOCUMENT, list: ['x', 'z', 'y'] }],
  ['appends to a list', { op: 'add', path: '/list/-', value: 'z' }, { ...DOCUMENT, list: ['x', 'y', 'z'] }],
  ['removes', { op: 'remove', path: '/list/0' }, { ...DOCUMENT, list: ['y'] }],
  ['removes nothing where nothing is', { op: 'remove', path: '/no/such' }, DOCUMENT],
  ['replaces', { op: 'replace', path: '/a/b', value: [1] }, { ...DOCUMENT, a: { b: [1] } }],
  ['reads escaped names', { op: 'replace', path: '/with~1slash/and~0tilde', value: false }, { ...DOCUMENT, 'with/slash': { 'and~tilde': false } }],
  ['copies', { op: 'copy', from: '/a', path: '/c' }, { ...DOCUMENT, c: { b: 1 } }],
  ['moves', { op: 'move', from: '/a/b', path: '/list/0' }, { ...DOCUMENT, a: {}, list: [1, 'x', 'y'] }],
  ['passes a test that holds', { op: 'test', path: '/a', value: { b: 1 } }, DOCUMENT],
];

describe('JSON patches', () => {
  it.each(CASES)('%s', (_what, operation, expected) => expect(applyJsonPatches(DOCUMENT, [operation])).toEqual(expected));

  it.each<readonly [JsonPatchOperation, RegExp]>([
    [{ op: 'replace', path: '/no', value: 1 }, /replace \/no: there is no \/no/],
    [{ op: 'test', path: '/a/b', value: 2 }, /another value/],
    [{ op: 'move', from: '/no', path: '/a' }, /there is no \/no/],
    [{ op: 'add', path: '/list/7', value: 1 }, /no place 7 in a list of 2/],
    [{ op: 'add', path: '/a/b/c', value: 1 }, /holds no members/],
  ])('%j says why it cannot be done', (operation, reason) => expect(() => applyJsonPatches(DOCUMENT, [operation])).toThrow(reason));

  it('leaves the document alone, and shares nothing with it', () => {
    const value = { deep: [1] };
    const first = applyJsonPatches(DOCUMENT, [{ op: 'add', path: '/v', value }, { op: 'add', path: '/v/deep/-', value: 2 }]);
    expect(first['v']).toEqual({ deep: [1, 2] });
    expect(value).toEqual({ deep: [1] });
    expect(DOCUMENT.list).toEqual(['x', 'y']);
  });
});
