import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpAsk, HttpApp, type HttpAnswer } from '../harness/http-app.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** `web` calls `backend`, which lets in by the claims of two issuers' tokens: one set of keys stands in the policy, the other is fetched. */
describe('MeshRequestAuthentication on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let keyServer: HttpApp;
  let url = '';
  let ours: Issuer;
  let theirs: Issuer;

  beforeAll(async () => {
    [ours, theirs] = [await newIssuer('https://ours'), await newIssuer('https://theirs')];
    mesh = await TestMesh.start();
    const [appPort = 0, keyPort = 0] = await freePorts(2);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    keyServer = await HttpApp.listen({ name: 'keys', host: '127.0.0.1', port: keyPort, respond: (_, response) => response.end(theirs.jwks) });
    await serve(mesh, { name: 'backend', address: '127.0.25.1' }, appPort);
    const { outbounds } = await call(mesh, { name: 'web', address: '127.0.25.2' }, ['backend']);
    url = outbounds.map(urlOf)[0] ?? '';
    await mesh.put({ type: 'MeshRequestAuthentication', name: 'issuers', spec: { rules: [{ default: { jwt: [
      { name: 'ours', issuer: 'https://ours', audiences: ['shop'], jwks: { inline: ours.jwks } },
      { name: 'theirs', issuer: 'https://theirs', jwks: { remote: { uri: `http://127.0.0.1:${keyPort}/keys` } }, from: { headers: [{ name: 'x-token' }] }, forward: false },
    ] } }] } });
    const permit = (provider: string, name: string, values: readonly string[]) => ({ claims: [{ provider, name, values }] });
    await mesh.put({ type: 'MeshRequestPermission', name: 'by-claims', spec: { rules: [{ default: { allow: [
      permit('ours', 'realm.roles', ['admin', 'owner']), permit('ours', 'scope', ['items:read']), permit('theirs', 'sub', ['partner']),
    ] } }] } });
    const good = await ours.token({ realm: { roles: ['admin'] } });
    await until('a good token is let in', async () => (await ask(good)).status === 200);
  });

  afterAll(async () => {
    await mesh.close();
    await Promise.all([app.close(), keyServer.close()]);
  });

  const ask = (token?: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> => httpAsk(url, { headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers } });
  const status = async (token?: string): Promise<number> => (await ask(token)).status;

  it('lets in by an item of a list, and by a word of the scope; nobody without', async () => {
    expect(await status(await ours.token({ realm: { roles: ['guest', 'owner'] } }))).toBe(200);
    expect(await status(await ours.token({ scope: 'other items:read' }))).toBe(200);
    expect(await status(await ours.token({ realm: { roles: ['guest'] }, scope: 'items:readwrite' }))).toBe(403);
    expect(await status(await ours.token({ 'realm.roles': 'admin' }))).toBe(403);
    expect(await status()).toBe(403);
  });

  it('refuses tokens that are not good, whatever they claim', async () => {
    const claims = { realm: { roles: ['admin'] } };
    expect(await status('garbage')).toBe(401);
    expect(await status(await ours.token(claims, { expires: '-2m' }))).toBe(401);
    expect(await status(await ours.token(claims, { expires: undefined }))).toBe(401);
    expect(await status(await ours.token(claims, { key: theirs.privateKey }))).toBe(401);
    expect([401, 403]).toContain(await status(await ours.token(claims, { audience: 'bank' })));
    expect([401, 403]).toContain(await status(await (await newIssuer('https://nobody')).token(claims)));
    expect(app.requests.filter(({ headers }) => headers.authorization === 'Bearer garbage')).toEqual([]);
  });

  it('fetches keys, reads another header, and keeps the token from the workload where told so', async () => {
    const partner = await theirs.token({ sub: 'partner' });
    await until('the keys are fetched', async () => (await ask(undefined, { 'x-token': partner })).status === 200);
    expect(app.requests.at(-1)?.headers['x-token']).toBeUndefined();
    expect((await ask(undefined, { 'x-token': await theirs.token({ sub: 'stranger' }) })).status).toBe(403);
    // A claim counts only for the provider that vouches for it.
    expect(await status(await ours.token({ sub: 'partner' }))).toBe(403);
  });

  it('takes the examples of its page', async () => {
    const examples = pageExamples('policies/meshrequestauthentication.md');
    for (const example of examples) await mesh.put(example);
    expect(examples.map(({ type }) => type)).toEqual(['MeshRequestAuthentication', 'MeshRequestPermission']);
  });
});

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

interface Issuer {
  readonly jwks: string;
  readonly privateKey: PrivateKey;
  token(claims: Readonly<Record<string, unknown>>, options?: { readonly expires?: string | undefined; readonly audience?: string; readonly key?: PrivateKey }): Promise<string>;
}

async function newIssuer(issuer: string): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
  return {
    jwks: JSON.stringify({ keys: [jwk] }),
    privateKey,
    token: (claims, options = {}) => {
      const { expires, audience = 'shop', key = privateKey } = { expires: '5m', ...options };
      const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).setIssuer(issuer).setAudience(audience);
      return (expires === undefined ? jwt : jwt.setExpirationTime(expires)).sign(key);
    },
  };
}
