import { describe, expect, it } from 'vitest';
import type { Resource } from '../../resource.ts';
import { extractSensitive, hasSensitiveFields } from '../../sensitive/sensitive-fields.ts';
import { violationsOf } from '../../testing.ts';
import { validateSpec } from '../../validation/validate-spec.ts';
import { meshType } from './mesh.ts';

const builtin = (name: string, rest: object = {}) => ({ name, type: 'builtin', ...rest });
const CASES: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
  ['nothing', {}, []],
  ['an unknown type of CA', { mtls: { backends: [{ name: 'a', type: 'magic' }] } }, ['mtls.backends[0].type: unknown backend type "magic". Available backends: "builtin", "provided"']],
  ['a bad expiration', { mtls: { backends: [builtin('a', { dpCert: { rotation: { expiration: '1 day' } } })] } }, ['mtls.backends[0].dpCert.rotation.expiration: has to be a number followed by one of y, w, d, h, m, s, ms']],
  ['a provided CA without key material', { mtls: { backends: [{ name: 'a', type: 'provided' }] } }, ['cert', 'key'].map((field) => `mtls.backends[0].conf.${field}: has to be defined`)],
  ['an egress without mTLS', { routing: { zoneEgress: true } }, ['mtls: has to be set when zoneEgress enabled']],
  ['a default that is not there', { tracing: { defaultBackend: 'x' }, metrics: { enabledBackend: 'y' } }, [
    'tracing.defaultBackend: has to be set to one of the tracing backends in the mesh',
    'metrics.enabledBackend: has to be set to one of the backends in the mesh',
  ]],
  ['constraints with wildcards', { constraints: { dataplaneProxy: { requirements: [{ tags: { team: '*' } }], restrictions: [{ tags: { a: '' } }] } } }, ['constraints.dataplaneProxy.restrictions[0].tags["a"]: tag value must be non-empty']],
  ['the mode of MeshServices by number', { meshServices: { mode: 3 } }, []],
  ['an unknown mode', { meshServices: { mode: 'Sometimes' } }, ['meshServices.mode: in body should be one of [Disabled Everywhere ReachableBackends Exclusive]']],
];

describe('Mesh', () => {
  it.each(CASES)('%s', (_, content, expected) => expect(violationsOf(meshType, content)).toEqual(expected));

  it('keeps its CA while mTLS is on', () => {
    const mesh = (spec: unknown): Resource => ({ type: 'Mesh', mesh: '', name: 'default', labels: {}, creationTime: '', modificationTime: '', version: 1, spec });
    const next = { mtls: { enabledBackend: 'b', backends: [builtin('b')] } };
    const previous = mesh({ mtls: { enabledBackend: 'a', backends: [builtin('a')] } });
    expect(validateSpec(meshType, mesh(next), { previous })).toMatchObject({ ok: false, error: [{ path: 'mtls.enabledBackend' }] });
    expect(validateSpec(meshType, mesh(next), { previous: mesh({}) })).toMatchObject({ ok: true });
  });

  it('takes the inline key of a provided CA out, and only that', () => {
    const conf = { cert: { inlineString: 'CERT' }, key: { inlineString: 'KEY' } };
    const { spec, values } = extractSensitive(meshType.schema, { mtls: { backends: [{ name: 'a', type: 'provided', conf }] } });
    expect(values).toEqual({ 'mtls.backends[0].conf.key.inlineString': 'KEY' });
    expect(spec).toEqual({ mtls: { backends: [{ name: 'a', type: 'provided', conf: { cert: { inlineString: 'CERT' }, key: {} } }] } });
    expect(hasSensitiveFields(meshType.schema)).toBe(true);
  });

  it('shows mTLS in tables', () => {
    const values = (document: object) => meshType.columns?.map(({ value }) => value({ ...document }));
    expect(values({ mtls: { enabledBackend: 'ca-1', backends: [builtin('ca-1')] }, routing: { zoneEgress: true } })).toEqual(['builtin/ca-1', 'off', 'on']);
    expect(values({})).toEqual(['off', 'off', 'off']);
  });
});
