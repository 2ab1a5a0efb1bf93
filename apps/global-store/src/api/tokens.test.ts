import { generateSigningKey, TokenVerifier, verifyDataplaneToken, verifyZoneToken } from '@weft/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from '../testing/start-for-test.ts';

describe('token endpoints', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startForTest();
  });
  afterAll(() => server.app.close());

  const verifier = async (): Promise<TokenVerifier> => {
    const made = new TokenVerifier(server.ports.clock);
    for (const object of await server.ports.store.list('TokenPublicKey')) made.put(object);
    return made;
  };
  const post = (kind: string, json: unknown): ReturnType<TestStore['call']> => server.call('POST', `/tokens/${kind}`, { json });

  it('issue dataplane tokens that verify with what the feed carries', async () => {
    const { text } = await post('dataplane', { mesh: 'default', name: 'web-1', tags: { 'kuma.io/service': ['web'] }, validFor: '1h' });
    const proxy = { mesh: 'default', name: 'web-1', tags: { 'kuma.io/service': ['web'] } };
    expect(await verifyDataplaneToken(await verifier(), text, proxy)).toMatchObject({ ok: true });
    expect(await verifyDataplaneToken(await verifier(), text, { ...proxy, name: 'web-2' })).toMatchObject({ error: { reason: 'name' } });
  });

  it('issue zone tokens for ten years by default', async () => {
    const { text } = await post('zone', { zone: 'z', scope: ['ingress'] });
    expect(await verifyZoneToken(await verifier(), text, { zone: 'z', scope: 'ingress' })).toMatchObject({ ok: true });
    const { exp, iat } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as { exp: number; iat: number };
    expect(exp - iat).toBe(10 * 365 * 24 * 3600 + 5);
  });

  it.each([
    ['dataplane', {}, 'mesh', 'cannot be empty'],
    ['dataplane', { mesh: 'default', type: 'router' }, 'type', 'router is not a valid proxy type'],
    ['dataplane', { mesh: 'default', validFor: 'soon' }, 'validFor', expect.stringContaining('invalid duration')],
    ['dataplane', { mesh: 7 }, 'mesh', 'must be text'],
    ['dataplane', { mesh: 'default', tags: { a: 'b' } }, 'tags', 'must be a map with lists of texts'],
    ['zone', { zone: 'z' }, 'scope', 'cannot be empty'],
    ['user', { validFor: '1h' }, 'name', 'cannot be empty'],
    ['user', { name: 'alice' }, 'validFor', 'cannot be empty'],
  ])('%s token from %j: %s', async (kind, body, field, reason) => {
    expect(await post(kind, body)).toMatchObject({ status: 400, json: { title: 'Invalid request', detail: 'Resource is not valid', invalid_parameters: [{ field, reason }] } });
  });

  it('refuse broken JSON, null, and unknown kinds', async () => {
    expect((await server.call('POST', '/tokens/zone', { text: '{', headers: { 'content-type': 'application/json' } })).status).toBe(400);
    expect((await server.call('POST', '/tokens/zone', { text: 'null', headers: { 'content-type': 'application/json' } })).status).toBe(400);
    expect((await server.call('GET', '/tokens/zone')).text).toBe('405: Method Not Allowed');
    expect((await post('pet', {})).text).toBe('404: Page Not Found');
  });

  it('sign with the highest serial, and accept both while both keys are there', async () => {
    const before = (await post('dataplane', { mesh: 'default' })).text;
    const name = 'dataplane-token-signing-key-default-2';
    const json = { type: 'Secret', mesh: 'default', name, data: Buffer.from(await generateSigningKey()).toString('base64') };
    expect((await server.call('PUT', `/meshes/default/secrets/${name}`, { json })).status).toBe(201);
    const after = (await post('dataplane', { mesh: 'default' })).text;
    expect(JSON.parse(Buffer.from(after.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ kid: '2' });
    const proxy = { mesh: 'default', name: 'x', tags: {} };
    for (const token of [before, after]) expect((await verifyDataplaneToken(await verifier(), token, proxy)).ok).toBe(true);
    await server.call('DELETE', '/meshes/default/secrets/dataplane-token-signing-key-default-1');
    expect(await verifyDataplaneToken(await verifier(), before, proxy)).toMatchObject({ error: { reason: 'unknown-key' } });
    expect((await verifyDataplaneToken(await verifier(), after, proxy)).ok).toBe(true);
  });

  it('refuse a signing key that is none', async () => {
    const name = 'zone-token-signing-key-7';
    const json = { type: 'GlobalSecret', name, data: Buffer.from('no key').toString('base64') };
    expect(await server.call('PUT', `/globalsecrets/${name}`, { json })).toMatchObject({ status: 400, json: { invalid_parameters: [{ field: 'data', reason: expect.stringContaining('RSA') }] } });
  });
});
