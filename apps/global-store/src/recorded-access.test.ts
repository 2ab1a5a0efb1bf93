import { generateKeyPairSync } from 'node:crypto';
import { issueToken } from '@weft/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headOf, normalised, readExchanges, replay } from './testing/recorded-exchange.ts';
import { startForTest, TEST_CONFIG, type TestStore } from './testing/start-for-test.ts';

const EXCHANGES = readExchanges(new URL('../testdata/recorded-access.json', import.meta.url));

/** What Kuma 2.14.3 answered where being on its machine makes nobody an administrator. `{admin}` and the like stand for tokens. */
describe('recorded exchanges of a control plane without localhost-admin', () => {
  let server: TestStore;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    server = await startForTest({ config: { ...TEST_CONFIG, apiServer: { ...TEST_CONFIG.apiServer, authn: { ...TEST_CONFIG.apiServer.authn, localhostIsAdmin: false } } } });
    const sealed = await server.ports.store.readSecret({ type: 'GlobalSecret', mesh: '', name: 'admin-user-token' });
    tokens['admin'] = Buffer.from(server.ports.secretBox.open(sealed ?? new Uint8Array(), 'GlobalSecret//admin-user-token')).toString();
    const alice = await server.call('POST', '/tokens/user', { json: { name: 'alice', groups: ['team-a'], validFor: '1h' }, headers: { authorization: `Bearer ${tokens['admin']}` } });
    tokens['alice'] = alice.text;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const claims = { Name: 'mesh-system:admin', Groups: ['mesh-system:admin'] };
    tokens['foreign'] = await issueToken('user', claims, { key: privateKey, kid: '1', nowMs: server.ports.clock.now(), validForMs: 3_600_000 });
  });
  afterAll(() => server.app.close());

  it.each(EXCHANGES)('$name: $method $path', async ({ method, path, headers, body, answer }) => {
    const { authorization } = headers;
    const as = authorization === undefined ? {} : { authorization: authorization.replace(/\{(\w+)\}/, (_, who: string) => tokens[who] ?? '') };
    const got = await replay(server.url, { method, path, headers: { ...headers, ...as }, ...(body !== undefined && { body }) });
    expect(headOf(got)).toEqual(headOf(answer));
    expect(normalised(JSON.parse(got.body))).toEqual(normalised(answer.json));
  });
});
