import { createHmac, generateKeyPairSync } from 'node:crypto';
import { issueToken } from '@weft/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, TEST_CONFIG, type TestStore } from '../testing/start-for-test.ts';

const ANONYMOUS = 'mesh-system:anonymous/mesh-system:unauthenticated';

/** A control plane where being on the machine makes nobody an administrator. */
describe('access', () => {
  let server: TestStore;
  let adminToken = '';
  let userToken = '';
  const as = (token: string): { headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${token}` } });
  const post = (path: string, token: string | undefined, json: unknown): ReturnType<TestStore['call']> => server.call('POST', path, { json, ...(token !== undefined && as(token)) });

  beforeAll(async () => {
    server = await startForTest({ config: { ...TEST_CONFIG, apiServer: { ...TEST_CONFIG.apiServer, authn: { ...TEST_CONFIG.apiServer.authn, localhostIsAdmin: false } } } });
    const sealed = await server.ports.store.readSecret({ type: 'GlobalSecret', mesh: '', name: 'admin-user-token' });
    adminToken = Buffer.from(server.ports.secretBox.open(sealed ?? new Uint8Array(), 'GlobalSecret//admin-user-token')).toString();
    userToken = (await post('/tokens/user', adminToken, { name: 'alice', groups: ['team-a'], validFor: '1h' })).text;
  });
  afterAll(() => server.app.close());

  it('says who asks', async () => {
    expect((await server.call('GET', '/who-am-i')).json).toEqual({ name: 'mesh-system:anonymous', groups: ['mesh-system:unauthenticated'] });
    expect((await server.call('GET', '/who-am-i', as(userToken))).json).toEqual({ name: 'alice', groups: ['team-a', 'mesh-system:authenticated'] });
    expect((await server.call('GET', '/who-am-i', as(adminToken))).json).toEqual({ name: 'mesh-system:admin', groups: ['mesh-system:admin', 'mesh-system:authenticated'] });
  });

  it.each([
    ['GET', '/meshes/default/secrets', 'the resource of type "Secret"'],
    ['GET', '/globalsecrets', 'the resource of type "GlobalSecret"'],
    ['GET', '/global-secrets/admin-user-token', 'the resource of type "GlobalSecret"'],
    ['DELETE', '/meshes/default/secrets/x', 'the resource of type "Secret"'],
    ['GET', '/meshes/absent/secrets', 'the resource of type "Secret"'],
  ])('%s %s is for administrators', async (method, path, what) => {
    const detail = `user "${ANONYMOUS}" cannot access ${what}`;
    expect(await server.call(method, path)).toMatchObject({ status: 403, json: { type: '/std-errors', status: 403, title: 'Access Denied', detail, details: detail } });
    expect((await server.call(method, path, as(userToken))).json).toMatchObject({ detail: `user "alice/team-a,mesh-system:authenticated" cannot access ${what}` });
    expect((await server.call(method, path, as(adminToken))).status).not.toBe(403);
  });

  it('only administrators write secrets', async () => {
    const json = { type: 'Secret', mesh: 'default', name: 's', data: 'YQ==' };
    expect((await server.call('PUT', '/meshes/default/secrets/s', { json })).status).toBe(403);
    expect((await server.call('PUT', '/meshes/default/secrets/s', { json, ...as(adminToken) })).status).toBe(201);
  });

  it.each([
    ['dataplane', { mesh: 'default' }, `user "${ANONYMOUS}" cannot access generate dataplane token`],
    ['zone', { zone: 'z', scope: ['ingress'] }, `user "${ANONYMOUS}" cannot access generate zone token for zone 'z'`],
    ['user', { name: 'bob', validFor: '1h' }, 'action not allowed'],
  ])('only administrators issue %s tokens', async (kind, body, detail) => {
    expect(await post(`/tokens/${kind}`, undefined, body)).toMatchObject({ status: 403, json: { title: 'Access Denied', detail } });
    expect((await post(`/tokens/${kind}`, userToken, body)).status).toBe(403);
    expect(await post(`/tokens/${kind}`, adminToken, body)).toMatchObject({ status: 200, contentType: 'text/plain', text: expect.stringMatching(/^ey[\w-]+\.[\w-]+\.[\w-]+$/) });
  });

  it('a user token that was signed elsewhere counts where the configuration names its key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicKeys = [{ kid: 'offline', key: publicKey.export({ type: 'spki', format: 'pem' }).toString() }];
    const { apiServer } = TEST_CONFIG;
    const configured = await startForTest({ config: { ...TEST_CONFIG, apiServer: { ...apiServer, authn: { localhostIsAdmin: false, tokens: { ...apiServer.authn.tokens, validator: { useSecrets: false, publicKeys } } } } } });
    try {
      const token = await issueToken('user', { Name: 'carol', Groups: [] }, { key: privateKey, kid: 'offline', nowMs: Date.now(), validForMs: 60_000 });
      expect((await configured.call('GET', '/who-am-i', as(token))).json).toMatchObject({ name: 'carol' });
      expect((await configured.call('GET', '/who-am-i', as(userToken))).status).toBe(401);
      expect((await server.call('GET', '/who-am-i', as(token))).status).toBe(401);
    } finally {
      await configured.app.close();
    }
  });

  it('the index takes no credentials, not even bad ones', async () => {
    expect((await server.call('GET', '/', as('garbage'))).status).toBe(200);
  });

  it('everybody reads and writes what is not secret', async () => {
    expect((await server.call('GET', '/config')).status).toBe(200);
    expect((await server.call('PUT', '/meshes/m1', { json: { type: 'Mesh', name: 'm1' } })).status).toBe(201);
  });

  describe('bad tokens are refused, never taken for none', () => {
    const now = Date.now();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const claims = { Name: 'mesh-system:admin', Groups: ['mesh-system:admin'] };
    const options = { key: privateKey, kid: '1', nowMs: now, validForMs: 60_000 };
    const hs256 = (): string => {
      const signed = [{ alg: 'HS256', kid: '1' }, { ...claims, exp: now }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      return `${signed}.${createHmac('sha256', 'x').update(signed).digest('base64url')}`;
    };
    it.each<[string, () => string | Promise<string>]>([
      ['garbage', () => 'garbage'],
      ['of another signer', () => issueToken('user', claims, options)],
      ['of an unknown key', () => issueToken('user', claims, { ...options, kid: '99' })],
      ['of another algorithm', hs256],
      ['of another purpose', async () => (await post('/tokens/zone', adminToken, { zone: 'z', scope: [] })).text],
    ])('%s', async (_name, make) => {
      const expected = { type: '/std-errors', status: 401, title: 'Invalid authentication data', detail: 'Unauthenticated', details: 'Unauthenticated' };
      expect(await server.call('GET', '/meshes', as(await make()))).toMatchObject({ status: 401, json: expected });
    });

    it('revoked', async () => {
      const token = (await post('/tokens/user', adminToken, { name: 'carol', validFor: '1h' })).text;
      expect((await server.call('GET', '/meshes', as(token))).status).toBe(200);
      const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string };
      const json = { type: 'GlobalSecret', name: 'user-token-revocations', data: Buffer.from(`other, ${jti}`).toString('base64') };
      expect((await server.call('PUT', '/globalsecrets/user-token-revocations', { json, ...as(adminToken) })).status).toBe(201);
      expect((await server.call('GET', '/meshes', as(token))).status).toBe(401);
      expect((await server.call('GET', '/meshes', as(userToken))).status).toBe(200);
    });

    it('of a key that was deleted', async () => {
      expect((await server.call('DELETE', '/globalsecrets/user-token-signing-key-1', as(adminToken))).status).toBe(200);
      expect((await server.call('GET', '/meshes', as(userToken))).status).toBe(401);
    });
  });
});
