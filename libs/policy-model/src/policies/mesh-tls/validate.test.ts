import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshTlsType } from './mesh-tls.ts';

const rules = (conf: unknown) => ({ rules: [{ default: conf }] });

const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['a mode', rules({ mode: 'Strict' }), []],
  ['versions and ciphers of the mesh', rules({ tlsVersion: { min: 'TLS12', max: 'TLS13' }, tlsCiphers: ['ECDHE-RSA-AES128-GCM-SHA256'] }), []],
  ['a lower bound alone', rules({ tlsVersion: { min: 'TLS13' } }), []],
  ['bounds the wrong way round', rules({ tlsVersion: { min: 'TLS13', max: 'TLS12' } }), ['spec.rules[0].default.tlsVersion.min: min version must be lower than max']],
  [
    'versions and ciphers of one proxy',
    { targetRef: { kind: 'Dataplane' }, ...rules({ tlsVersion: { min: 'TLS12' }, tlsCiphers: [] }) },
    ['tlsVersion', 'tlsCiphers'].map((field) => `spec.rules[0].default.${field}: ${field} can only be defined with top level targetRef kind: Mesh`),
  ],
  ['an unknown mode', rules({ mode: 'STRICT' }), ['spec.rules[0].default.mode: in body should be one of [Permissive Strict]']],
  ['from and rules', { from: [{ targetRef: { kind: 'Mesh' } }], ...rules({}) }, ["spec.from: field 'from' must be empty when 'rules' is defined"]],
];

describe('MeshTLS', () => {
  it.each(CASES)('%s', (_, spec, expected) => expect(violationsOf(meshTlsType, spec)).toEqual(expected));
});
