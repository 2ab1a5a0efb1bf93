import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorPosition } from './json-error-position.ts';
import { parseJson } from './parse-json.ts';

const failure = (text: string): string => {
  try {
    parseJson(Buffer.from(text), 'Mesh object');
  } catch (error) {
    return (error as Error).message;
  }
  return 'parsed';
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('broken JSON', () => {
  it.each([
    ['{"type":', 'invalid Mesh object: "unexpected end of JSON input" (line 1, column 9)'],
    ['', 'invalid Mesh object: "unexpected end of JSON input" (line 1, column 1)'],
    ['{\n "a": 1,\n "b": }', 'invalid Mesh object: "unexpected "}"" (line 3, column 7)'],
    ['{"a": 01}', 'invalid Mesh object: "unexpected "1}"" (line 1, column 8)'],
    ['type: Mesh', 'invalid Mesh object: "unexpected "type: Mesh"" (line 1, column 1)'],
    ['[1, 2,]', 'invalid Mesh object: "unexpected "]"" (line 1, column 7)'],
  ])('%j names the place', (text, message) => {
    expect(failure(text)).toBe(message);
  });

  it('throws request/invalid, and nothing else, on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        parseJson(Buffer.from(bytes), 'Mesh object');
      } catch (error) {
        expect(error).toMatchObject({ code: 'request/invalid' });
      }
    }));
  });

  it('finds no fault in JSON, and in a part of JSON only its end', () => {
    fc.assert(fc.property(fc.json(), (text) => jsonErrorPosition(text) === text.length));
    fc.assert(fc.property(fc.array(fc.nat()), fc.nat(), (numbers, seed) => {
      const text = JSON.stringify(numbers);
      const part = text.slice(0, seed % text.length);
      return isJson(part) || jsonErrorPosition(part) === part.length;
    }));
  });

  it('stands deep nesting', () => {
    expect(jsonErrorPosition('['.repeat(200_000))).toBe(200_000);
  });
});
