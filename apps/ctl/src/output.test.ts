import { describe, expect, it } from 'vitest';
import { ageOf } from './age.ts';
import { encode, parseFormat, table } from './output.ts';

describe('table', () => {
  it('pads every column but the last by three spaces and prints the header alone too', () => {
    expect(table(['A', 'LONG'], [['x', 'y'], ['xyz', '']])).toBe('A     LONG\nx     y\nxyz   \n');
    expect(table(['NAME', 'AGE'], [])).toBe('NAME   AGE\n');
  });
});

describe('ageOf', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  it.each([
    ['2026-05-31T23:59:55Z', '5s'], ['2026-05-31T23:57:00Z', '3m'], ['2026-05-31T22:00:00Z', '2h'], ['2026-05-28T00:00:00Z', '4d'], ['2024-06-01T00:00:00Z', '2y'],
    ['2026-06-01T00:00:00.500Z', '0s'], ['2026-06-01T00:01:00Z', 'never'], [undefined, 'never'], ['yesterday', 'never'],
  ])('%s is %s', (time, age) => {
    expect(ageOf(time, now)).toBe(age);
  });
});

describe('encode', () => {
  it('sorts keys in YAML, keeps them in JSON', () => {
    expect(encode({ b: 1, a: 2 }, 'yaml')).toBe('a: 2\nb: 1\n');
    expect(encode({ type: 'Mesh', zone: 'on', name: 'm', meshServices: [{ b: '1h', a: '2026-11-21T03:54:29Z' }], kri: 'k' }, 'yaml')).toBe('kri: k\nname: m\ntype: Mesh\nmeshServices:\n- a: "2026-11-21T03:54:29Z"\n  b: 1h\nzone: "on"\n');
    expect(encode({ type: 'MeshTimeout', spec: {}, name: 't' }, 'yaml')).toBe('name: t\nspec: {}\ntype: MeshTimeout\n');
    expect(encode({ b: 1 }, 'json')).toBe('{\n  "b": 1\n}\n');
    expect(() => parseFormat('xml')).toThrow('unknown output format "xml"');
  });
});
