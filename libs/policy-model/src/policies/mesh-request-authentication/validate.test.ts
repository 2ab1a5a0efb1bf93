import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshRequestAuthenticationType } from './mesh-request-authentication.ts';

const KEY = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' };
const jwks = (...keys: unknown[]) => ({ inline: JSON.stringify({ keys }) });
const given = (...providers: object[]) => ({ rules: [{ default: { jwt: providers.map((provider) => ({ name: 'a', issuer: 'i', jwks: jwks(KEY), ...provider })) } }] });
const AT = 'spec.rules[0].default.jwt[0]';

const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['inline keys', given({ audiences: ['x'], from: { headers: [{ name: 'x-jwt', prefix: 'JWT ' }], queryParams: ['t'], cookies: ['c'] }, forward: false, clockSkew: '10s' }), []],
  ['remote keys', given({ jwks: { remote: { uri: 'https://login.example.com:8443/keys?x=1', timeout: '1s' } } }), []],
  ['keys of a service in the mesh', given({ jwks: { remote: { uri: 'http://keycloak.mesh' } } }), []],
  ['no keys', given({ jwks: {} }), [`${AT}.jwks: exactly one of 'inline' and 'remote' must be set`]],
  ['keys twice', given({ jwks: { ...jwks(KEY), remote: { uri: 'https://a' } } }), [`${AT}.jwks: exactly one of 'inline' and 'remote' must be set`]],
  ['text that is no JSON', given({ jwks: { inline: '{' } }), [`${AT}.jwks.inline: must be JSON`]],
  ['a single key', given({ jwks: { inline: JSON.stringify(KEY) } }), [`${AT}.jwks.inline: must be an object with a list "keys" that is not empty`]],
  ['a private key', given({ jwks: jwks(KEY, { ...KEY, d: 'AA' }) }), [`${AT}.jwks.inline: key 1 is private or shared: put only public keys here`]],
  ['a shared key', given({ jwks: jwks({ kty: 'oct', k: 'AA' }) }), [`${AT}.jwks.inline: key 0 is private or shared: put only public keys here`]],
  ['a URI with a password', given({ jwks: { remote: { uri: 'https://me:secret@a/keys' } } }), [`${AT}.jwks.remote.uri: must be a URI with a host, without user and fragment, and one of the schemes http, https`]],
  ['a file', given({ jwks: { remote: { uri: 'file:///etc/keys' } } }), [`${AT}.jwks.remote.uri: must be a URI with a host, without user and fragment, and one of the schemes http, https`]],
  ['a name twice', given({}, {}), ['spec.rules[0].default.jwt[1].name: "a" is already the name of another provider']],
  ['a field that is none', given({ audience: 'x' }), [`${AT}.audience: is no field of MeshRequestAuthentication`]],
];

describe('MeshRequestAuthentication', () => {
  it.each(CASES)('%s', (_, spec, expected) => expect(violationsOf(meshRequestAuthenticationType, spec)).toEqual(expected));
});
