import { describe, expect, it } from 'vitest';
import { duration, list, object, oneOf, opt, protoDuration, stringMap, text, uint32 } from '../schema/fields.ts';
import { conform } from './conform.ts';
import { structuralViolations } from './structural.ts';

const SCHEMA = object({
  name: text(),
  size: opt(uint32({ default: 3 })),
  wait: opt(duration()),
  proto: opt(protoDuration()),
  items: opt(list(object({ kind: oneOf(['A', 'B']), tags: opt(stringMap()) }), { maxItems: 2 })),
});

const read = (value: unknown, protoJson = false) => conform(SCHEMA, value, { protoJson, path: 'spec' });
const problems = (value: unknown) => structuralViolations(SCHEMA, value, 'spec').map(({ path, message }) => `${path} ${message}`);

describe('conform', () => {
  it('orders keys as the schema does, fills in defaults, drops nulls, names unknown fields', () => {
    const { value, unknownFields } = read({ extra: 1, wait: null, items: [{ 'odd key': 1, kind: 'A' }], name: 'x' });
    expect(JSON.stringify(value)).toBe('{"name":"x","size":3,"items":[{"kind":"A"}]}');
    expect(unknownFields).toEqual(['spec.extra', 'spec.items[0]["odd key"]']);
  });

  it('writes durations in one form', () => {
    expect(read({ wait: '90m', proto: '1500ms' }).value).toMatchObject({ wait: '1h30m0s', proto: '1.5s' });
    expect(read({ wait: 'soon' }).value).toMatchObject({ wait: 'soon' });
  });

  it('reads numbers as text only where proto-JSON is spoken', () => {
    expect(read({ size: '7' }, true).value).toMatchObject({ size: 7 });
    expect(read({ size: '7' }).value).toMatchObject({ size: '7' });
  });

  it('takes no field from the prototype', () => {
    const { value, unknownFields } = read(JSON.parse('{"__proto__": {"name": "x"}, "constructor": 1}'));
    expect(value).toEqual({ size: 3 });
    expect(unknownFields).toEqual(['spec.__proto__', 'spec.constructor']);
  });
});

describe('structural violations', () => {
  it('are all reported, at paths as the user wrote them', () => {
    expect(problems({ size: -1, wait: '300y', items: [{ kind: 'C' }, { kind: 7, tags: { 'a/b': 1 } }, { kind: 'A' }] })).toEqual(expect.arrayContaining([
      'spec.name in body is required',
      'spec.size in body should be greater than or equal to 0',
      'spec.wait in body must be of type duration: "300y" (a number and a unit, such as 10s, 1.5m or 250ms)',
      'spec.items in body should have at most 2 items',
      'spec.items[0].kind in body should be one of [A B]',
      'spec.items[1].kind in body must be of type string: "number"',
      'spec.items[1].tags["a/b"] in body must be of type string: "number"',
    ]));
    expect(problems({ size: -1, items: [{ kind: 7 }] })).toHaveLength(3);
  });

  it('refuse durations that Go cannot hold', () => {
    expect(problems({ name: 'x', wait: '9999999h' })).toHaveLength(1);
  });
});
