import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalised, readExchanges, replay, type RecordedAnswer, type RecordedExchange } from './testing/recorded-exchange.ts';
import { startForTest, TEST_CONFIG, type TestStore } from './testing/start-for-test.ts';

/** A token that was issued stands as what it says. */
interface RecordedAtGlobal extends RecordedExchange {
  readonly answer: RecordedAnswer & { readonly header?: object; readonly claims?: { readonly Zone: string; readonly Scope: readonly string[] } };
}

const EXCHANGES = readExchanges(new URL('../testdata/recorded-global.json', import.meta.url)) as readonly RecordedAtGlobal[];

/** What a global control plane of Kuma 2.14.3 answered to the same requests in the same order, up to times and ids. */
describe('recorded exchanges of a global control plane', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startForTest({ config: { ...TEST_CONFIG, mode: 'global', defaults: { skipMeshCreation: true } } });
  });
  afterAll(() => server.app.close());

  it.each(EXCHANGES)('$name: $method $path', async ({ answer, ...request }) => {
    const got = await replay(server.url, request);
    expect([got.status, got.contentType]).toEqual([answer.status, answer.contentType]);
    if (answer.claims === undefined) return expect(normalised(JSON.parse(got.body))).toEqual(normalised(answer.json));
    const [header, claims] = got.body.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
    expect(header).toEqual(answer.header);
    expect(claims).toMatchObject({ Zone: answer.claims.Zone, Scope: answer.claims.Scope });
  });
});
