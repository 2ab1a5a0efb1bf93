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
  ['two CAs', { mtls: { enabledBackend: 'c', backends: [builtin('a'), builtin('b')] } }, ['mtls.backends: cannot have more than 1 backends', 'mtls.enabledBackend: has to be set to one of the backends in the mesh']],
  ['backends of unknown types', { tracing: { backends: [{ name: 'a', type: 'jaeger', sampling: 101 }] }, logging: { backends: [{ name: 'a' }] }, metrics: { backends: [{ name: 'a', type: 'statsd' }] } }, [
    'tracing.backends[0].sampling: has to be in [0.0 - 100.0] range',
    'tracing.backends[0].type: unknown backend type. Available backends: "datadog", "zipkin"',
    'logging.backends[0].type: unknown backend type. Available backends: "file", "tcp"',
    'metrics.backends[0].type: unknown backend type. Available backends: "prometheus"',
  ]],
  ['backends without what they need', {
    tracing: { backends: [{ name: 'a', type: 'zipkin', conf: { url: 'nowhere' } }, { name: 'b', type: 'datadog' }] },
    logging: { backends: [{ name: 'a', type: 'tcp', conf: { address: 'logs' } }, { name: 'b', type: 'file', conf: {} }] }, metrics: { backends: [{ name: 'a', type: 'prometheus', conf: { port: 70_000 } }, { name: 'b', type: 'prometheus' }] },
  }, [
    'tracing.backends[0].conf.url: invalid URL', 'tracing.backends[1].conf.address: cannot be empty', 'tracing.backends[1].conf.port: port must be in the range [1, 65535]',
    'logging.backends[0].conf.address: has to be in format of HOST:PORT', 'logging.backends[1].conf.path: cannot be empty', 'metrics.backends[0].conf.port: port must be in the range [1, 65535]',
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
