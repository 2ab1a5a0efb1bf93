import { violationsOf } from '@weft/resource-model/testing';
import { describe, expect, it } from 'vitest';
import { meshExternalAuthorizationType } from './mesh-external-authorization.ts';

const given = (...authorizers: object[]) => ({ rules: [{ default: { authorizers: authorizers.map((authorizer) => ({ name: 'opa', uri: 'grpc://127.0.0.1:9191', ...authorizer })) } }] });
const AT = 'spec.rules[0].default.authorizers[0]';

const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['grpc', given({ timeout: '200ms', body: { maxBytes: 1024, allowPartial: true } }), []],
  ['http', given({ uri: 'https://authz.example.com:8443/check', requestHeaders: ['x-token'], workloadHeaders: ['x-user'] }), []],
  ['another scheme', given({ uri: 'ftp://a' }), [`${AT}.uri: must be a URI with a host, without user and fragment, and one of the schemes grpc, grpcs, http, https`]],
  ['grpc with a path', given({ uri: 'grpc://a/check' }), [`${AT}.uri: must have no path with grpc`]],
  ['grpc with headers', given({ workloadHeaders: ['x-user'] }), [`${AT}.workloadHeaders: is for http only: with grpc the authorizer gets all headers and answers with those that it wants`]],
  ['a name twice', given({}, {}), ['spec.rules[0].default.authorizers[1].name: "opa" is already the name of another authorizer']],
  ['a wish to let in when nobody answers', given({ failOpen: true }), [`${AT}.failOpen: is no field of MeshExternalAuthorization`]],
];

describe('MeshExternalAuthorization', () => {
  it.each(CASES)('%s', (_, spec, expected) => expect(violationsOf(meshExternalAuthorizationType, spec)).toEqual(expected));
});
