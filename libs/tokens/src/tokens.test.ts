import { readFileSync } from 'node:fs';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { FakeClock } from '@weft/kernel/testing';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  generateSigningKey,
  issueToken,
  parseSigningKey,
  publicKeyPem,
  rsaPublicKeyPem,
  TokenVerifier,
  verifyDataplaneToken,
  verifyZoneToken,
  type DataplaneClaims,
  type DataplaneIdentity,
  type TokenPurpose,
} from './index.ts';

interface Fixture {
  readonly token: string;
  readonly header: object;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signingKeySecretData: string;
  readonly publicKeyPem: string;
  readonly publicKeyPkcs1Pem: string;
}

const fixture = (name: TokenPurpose): Fixture => JSON.parse(readFileSync(new URL(`../testdata/${name}.json`, import.meta.url), 'utf8')) as Fixture;
const NOW = 1_795_233_400_000;
const clock = new FakeClock(NOW);

function verifierOf(purpose: TokenPurpose): TokenVerifier {
  const verifier = new TokenVerifier(clock);
  const mesh = purpose === 'dataplane' ? { mesh: 'default' } : {};
  verifier.addKey({ purpose, ...mesh, kid: '1', publicKeyPem: fixture(purpose).publicKeyPem });
  return verifier;
}

const web: DataplaneIdentity = { mesh: 'default', name: 'web-1', tags: { 'kuma.io/service': ['web'] }, workload: 'web' };

describe('tokens that Kuma 2.14 issued', () => {
  it('a dataplane token entitles its own dataplane', async () => {
    const result = await verifyDataplaneToken(verifierOf('dataplane'), fixture('dataplane').token, web);
    expect(result).toMatchObject({ ok: true, value: { Name: 'web-1', Mesh: 'default', Workload: 'web' } });
  });

  it('a zone token entitles to its scopes in its zone', async () => {
    const { token } = fixture('zone');
    const verifier = verifierOf('zone');
    expect(await verifyZoneToken(verifier, token, { zone: 'zone-1', scope: 'egress' })).toMatchObject({ ok: true });
    expect(await verifyZoneToken(verifier, token, { zone: 'zone-1', scope: 'cp' })).toMatchObject({ error: { reason: 'scope' } });
    expect(await verifyZoneToken(verifier, token, { zone: 'zone-2', scope: 'egress' })).toMatchObject({ error: { reason: 'zone' } });
  });

  it('a user token gives name and groups', async () => {
    expect(await verifierOf('user').verify({ purpose: 'user' }, fixture('user').token)).toMatchObject({ ok: true, value: { Name: 'alice', Groups: ['team-a', 'team-b'] } });
  });

  it('a token of one purpose or mesh is none of another', async () => {
    expect(await verifierOf('user').verify({ purpose: 'zone' }, fixture('zone').token)).toMatchObject({ error: { reason: 'unknown-key' } });
    expect(await verifyDataplaneToken(verifierOf('dataplane'), fixture('dataplane').token, { ...web, mesh: 'other' })).toMatchObject({ error: { reason: 'unknown-key' } });
  });
});

describe('signing keys', () => {
  it.each(['dataplane', 'zone', 'user'] as const)('the %s key is read as Kuma stores it, and gives its public halves', (purpose) => {
    const { signingKeySecretData, publicKeyPem: spki, publicKeyPkcs1Pem } = fixture(purpose);
    const clear = Buffer.from(signingKeySecretData, 'base64');
    for (const data of [clear, createPrivateKey(clear).export({ type: 'pkcs1', format: 'der' }), Buffer.from(signingKeySecretData)]) {
      const key = parseSigningKey(data);
      if (!key.ok) throw new Error(key.error);
      expect(publicKeyPem(key.value)).toBe(spki);
      expect(rsaPublicKeyPem(key.value)).toBe(publicKeyPkcs1Pem);
    }
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => !parseSigningKey(bytes).ok));
  });

  it('made here has the form that Kuma reads', async () => {
    expect(await generateSigningKey()).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  });
});

describe('verification', () => {
  let key: KeyObject;
  let verifier: TokenVerifier;
  beforeAll(async () => {
    const parsed = parseSigningKey(Buffer.from(await generateSigningKey()));
    if (!parsed.ok) throw new Error(parsed.error);
    key = parsed.value;
    verifier = new TokenVerifier(clock);
    verifier.addKey({ purpose: 'dataplane', mesh: 'default', kid: '1', publicKeyPem: publicKeyPem(key) });
  });

  const any: DataplaneClaims = { Name: '', Mesh: 'default', Tags: {}, Type: '', Workload: '' };
  const issue = (claims: Partial<DataplaneClaims>, times: { nowMs?: number; validForMs?: number } = {}): Promise<string> =>
    issueToken('dataplane', { ...any, ...claims }, { key, kid: '1', nowMs: NOW, validForMs: 60_000, ...times });
  const verdict = async (token: string, proxy: DataplaneIdentity = web): Promise<string> => {
    const result = await verifyDataplaneToken(verifier, token, proxy);
    return result.ok ? 'ok' : result.error.reason;
  };

  it('writes header and claims in the order of Kuma 2.14', async () => {
    const [header, payload] = (await issue({ Name: 'web-1' })).split('.').slice(0, 2).map((part) => Buffer.from(part, 'base64url').toString());
    expect(header).toBe(JSON.stringify(fixture('dataplane').header));
    expect(Object.keys(JSON.parse(payload ?? '') as object)).toEqual(Object.keys(fixture('dataplane').claims));
  });

  it.each<[string, Partial<DataplaneClaims>, Partial<DataplaneIdentity>, string]>([
    ['empty claims allow any proxy of the mesh', {}, {}, 'ok'],
    ['another name', { Name: 'web-2' }, {}, 'name'],
    ['another mesh', { Mesh: 'other' }, {}, 'mesh'],
    ['a tag that the proxy lacks', { Tags: { team: ['a'] } }, {}, 'tags'],
    ['a value outside the token', { Tags: { 'kuma.io/service': ['web'] } }, { tags: { 'kuma.io/service': ['web', 'api'] } }, 'tags'],
    ['more values in the token than on the proxy', { Tags: { 'kuma.io/service': ['web', 'api'] } }, {}, 'ok'],
    ['another workload', { Workload: 'api' }, {}, 'workload'],
    ['no workload where the identity needs one', {}, { identityFromWorkload: true }, 'workload-required'],
    ['bound to the workload where the identity needs it', { Workload: 'web' }, { identityFromWorkload: true }, 'ok'],
  ])('%s', async (_name, claims, proxy, expected) => {
    expect(await verdict(await issue(claims), { ...web, ...proxy })).toBe(expected);
  });

  it('expired and future tokens', async () => {
    expect(await verdict(await issue({}, { nowMs: NOW - 61_000 }))).toBe('expired');
    expect(await verdict(await issue({}, { nowMs: NOW + 4000 }))).toBe('ok');
    expect(await verdict(await issue({}, { nowMs: NOW + 7 * 60_000 }))).toBe('ok');
    expect(await verdict(await issue({}, { nowMs: NOW + 11 * 60_000 }))).toBe('not-yet-valid');
  });

  it('a token without expiry, or signed with another algorithm, is none', async () => {
    expect(await verdict(await new SignJWT({ ...any }).setProtectedHeader({ alg: 'RS256', kid: '1' }).sign(key))).toBe('malformed');
    const hs = await new SignJWT({ ...any }).setProtectedHeader({ alg: 'HS256', kid: '1' }).setExpirationTime('1y').sign(Buffer.from(publicKeyPem(key)));
    expect(await verdict(hs)).toBe('malformed');
    const none = `${Buffer.from('{"alg":"none","kid":"1"}').toString('base64url')}.${Buffer.from(JSON.stringify(any)).toString('base64url')}.`;
    expect(await verdict(none)).toBe('malformed');
  });

  it('a forged or foreign signature', async () => {
    const good = await issue({});
    const at = good.lastIndexOf('.') + 10;
    expect(await verdict(`${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`)).toBe('signature');
    expect(await verdict(fixture('dataplane').token)).toBe('signature');
  });

  it('revoked, and good again when the revocation is taken back', async () => {
    const token = await issue({});
    const jti = (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }).jti;
    verifier.put({ type: 'TokenRevocations', name: 'dataplane-default', spec: { purpose: 'dataplane', mesh: 'default', ids: ['x', jti] } });
    expect(await verdict(token)).toBe('revoked');
    verifier.remove({ type: 'TokenRevocations', name: 'dataplane-default' });
    expect(await verdict(token)).toBe('ok');
  });

  it('a deleted key verifies nothing', async () => {
    const own = new TokenVerifier(clock);
    own.put({ type: 'TokenPublicKey', name: 'dataplane-default-1', spec: { purpose: 'dataplane', mesh: 'default', kid: '1', publicKeyPem: publicKeyPem(key) } });
    expect((await verifyDataplaneToken(own, await issue({}), web)).ok).toBe(true);
    own.remove({ type: 'TokenPublicKey', name: 'dataplane-default-1' });
    expect((await verifyDataplaneToken(own, await issue({}), web)).ok).toBe(false);
  });

  it('never throws, and never accepts, on arbitrary text and on a token with one byte changed', async () => {
    const good = await issue({});
    await fc.assert(fc.asyncProperty(fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.tuple(fc.nat({ max: good.length - 1 }), fc.string({ minLength: 1, maxLength: 1 })).map(([at, char]) => good.slice(0, at) + char + good.slice(at + 1)),
      fc.tuple(fc.json(), fc.json()).map((parts) => [...parts.map((part) => Buffer.from(part).toString('base64url')), 'AAAA'].join('.')),
    ), async (token) => {
      // The last base64 digit carries unused bits, so that another text may be the same signature.
      const result = await verifyDataplaneToken(verifier, token, web);
      return !result.ok || token.slice(0, -1) === good.slice(0, -1);
    }), { numRuns: 300 });
  });

  it('claims of the wrong shape are refused by name', async () => {
    const token = await issueToken('dataplane', { ...any, Name: 7, Tags: { a: 'b' } } as unknown as DataplaneClaims, { key, kid: '1', nowMs: NOW, validForMs: 60_000 });
    const result = await verifyDataplaneToken(verifier, token, web);
    expect(result).toMatchObject({ error: { reason: 'malformed', message: expect.stringContaining('Name, Tags') } });
  });
});
