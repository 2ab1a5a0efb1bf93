import { describe, expect, it } from 'vitest';
import { violationsOf, warningsOf } from '../../testing.ts';
import { meshTrustType } from '../mesh-trust/mesh-trust.ts';
import { meshIdentityType } from './mesh-identity.ts';

const AUTO = { type: 'Bundled', bundled: { autogenerate: { enabled: true } } };
const SECRET = { type: 'Secret', secretRef: { kind: 'Secret', name: 'ca' } };
const BUNDLED = 'spec.provider.bundled';

describe('MeshIdentity', () => {
  it.each<readonly [string, Record<string, unknown>, readonly string[]]>([
    ['a generated CA', { provider: AUTO }, []],
    ['a selector of all', { selector: { dataplane: { matchLabels: {} } }, provider: AUTO }, []],
    ['a provided CA', { provider: { type: 'Bundled', bundled: { ca: { certificate: SECRET, privateKey: { type: 'InsecureInline', insecureInline: { value: 'x' } } } } } }, []],
    ['both', { provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true }, ca: {} } } }, [`${BUNDLED}.ca: must not be defined together with autogenerate`]],
    ['neither', { provider: { type: 'Bundled', bundled: {} } }, [`${BUNDLED}.ca: needs to be defined, or autogenerate enabled`]],
    ['half a CA', { provider: { type: 'Bundled', bundled: { ca: { certificate: SECRET } } } }, [`${BUNDLED}.ca.privateKey: needs to be defined`]],
    ['a source of another type', { provider: { type: 'Bundled', bundled: { ca: { certificate: { ...SECRET, type: 'File' }, privateKey: SECRET } } } }, [
      `${BUNDLED}.ca.certificate.file: must be set if type is File`, `${BUNDLED}.ca.certificate.secretRef: must not be set if type is File`]],
    ['no bundled', { provider: { type: 'Bundled' } }, [`${BUNDLED}: configuration needs to be defined`]],
    ['no spire', { provider: { type: 'Spire' } }, ['spec.provider.spire: configuration needs to be defined']],
    ['templates', { spiffeID: { trustDomain: '{{ .Mesh }}.test', path: '/team/{{ label "team" }}/{{ .Workload }}' }, provider: AUTO }, []],
    ['a template that does not parse', { spiffeID: { path: '/{{ .Workload' }, provider: AUTO }, ['spec.spiffeID.path: couldn\'t parse template: "{{" without "}}" in template "/{{ .Workload"']],
    ['an unknown field', { spiffeID: { trustDomain: '{{ .Workload }}' }, provider: AUTO }, ['spec.spiffeID.trustDomain: there is no field .Workload: use .Mesh, .Zone or label "key"']],
    ['a relative path', { spiffeID: { path: 'x' }, provider: AUTO }, ['spec.spiffeID.path: must start with "/"']],
  ])('%s', (_, spec, expected) => expect(violationsOf(meshIdentityType, spec)).toEqual(expected));
});

describe('MeshTrust', () => {
  const pem = { value: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' };
  it.each<readonly [string, Record<string, unknown>, readonly string[]]>([
    ['a bundle', { trustDomain: 'a.test', caBundles: [{ type: 'Pem', pem }] }, []],
    ['no PEM', { trustDomain: 'a.test', caBundles: [{ type: 'Pem', pem: { value: 'junk' } }] }, ['spec.caBundles[0].pem.value: must hold a PEM block "CERTIFICATE"']],
    ['nothing in the bundle', { trustDomain: 'a.test', caBundles: [{ type: 'Pem' }] }, ['spec.caBundles[0].pem: must be defined']],
    ['a trust domain with a path', { trustDomain: 'a/b', caBundles: [{ type: 'Pem', pem }] }, ['spec.trustDomain: must consist of lower case letters, digits, ".", "-" and "_"']],
  ])('%s', (_, spec, expected) => expect(violationsOf(meshTrustType, spec)).toEqual(expected));

  it('needs a bundle, and says that spec.origin is of the past', () => {
    expect(violationsOf(meshTrustType, { trustDomain: 'a.test', caBundles: [] })).toHaveLength(1);
    expect(warningsOf(meshTrustType, { trustDomain: 'a.test', caBundles: [{ type: 'Pem', pem }], origin: { kri: 'x' } })).toHaveLength(1);
  });
});
