import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyResource } from './proxy-resource.ts';

const TEMPLATE = 'type: Dataplane\nmesh: default\nname: {{ name }}\nnetworking:\n  address: {{address}}\n  inbound:\n  - port: {{{ port }}}\n    tags: { kuma.io/service: web }\n';
const read = (text: string, vars: Readonly<Record<string, string>> = {}) => readProxyResource(text, new Map(Object.entries(vars)), 'dataplane');

describe('readProxyResource', () => {
  it('puts in variables and hands the resource on as JSON', () => {
    const result = read(TEMPLATE, { name: 'web-1', address: '10.0.0.3', port: '8080' });
    if (!result.ok) throw result.error;
    expect(result.value).toMatchObject({ type: 'Dataplane', mesh: 'default', name: 'web-1' });
    expect(JSON.parse(result.value.json)).toEqual({
      type: 'Dataplane', mesh: 'default', name: 'web-1',
      networking: { address: '10.0.0.3', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web' } }] },
    });
  });

  it('does not take the value of a variable for a pattern', () => {
    const result = read('type: Dataplane\nmesh: m\nname: "{{ name }}"', { name: '$&' });
    expect(result.ok && result.value.name).toBe('$&');
  });

  it.each([
    ['variables without value', TEMPLATE, '-v address=…'],
    ['bad YAML, with its line', 'type: Dataplane\nmesh: [a', 'line 2'],
    ['aliases that explode', `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((key, at) => `${key}: &${key} [${Array(10).fill(`*${'abcdefgh'[at] ?? ''}`).join(',')}]`).join('\n')}`, 'alias'],
    ['another type', 'type: Mesh\nname: x', 'expected Dataplane'],
    ['no name', 'type: Dataplane\nmesh: m', 'name: must be non-empty'],
    ['no mesh', 'type: Dataplane\nname: m', 'mesh: must be non-empty'],
    ['no object', 'hello', 'not a YAML object'],
  ])('refuses %s', (_, text, words) => {
    const result = read(text);
    expect(result.ok ? '' : result.error.message).toContain(words);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => { read(text); }));
  });
});
