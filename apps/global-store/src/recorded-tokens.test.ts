import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headOf, readExchanges, replay, startWithDemoMesh, type RecordedAnswer, type RecordedExchange } from './testing/recorded-exchange.ts';
import type { TestStore } from './testing/start-for-test.ts';

/** The recorded token stands as what it says. */
interface RecordedToken extends RecordedExchange {
  readonly answer: RecordedAnswer & { readonly header: object; readonly claims: Readonly<Record<string, unknown>> };
}

const EXCHANGES = readExchanges(new URL('../testdata/recorded-tokens.json', import.meta.url)) as readonly RecordedToken[];

/** Tokens that Kuma 2.14.3 issued: the same header and claims for the same request, up to the time and the id. */
describe('recorded tokens', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startWithDemoMesh();
  });
  afterAll(() => server.app.close());

  it.each(EXCHANGES)('$name: $method $path', async ({ answer, ...request }) => {
    const got = await replay(server.url, request);
    expect(headOf(got)).toEqual(headOf(answer));
    const [header, claims] = got.body.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
    expect(header).toEqual(answer.header);
    expect(Object.keys(claims ?? {})).toEqual(Object.keys(answer.claims));
    expect(relative(claims)).toEqual(relative(answer.claims));
    expect(claims?.['jti']).toMatch(/^[\da-f-]{36}$/);
  });
});

/** The claims with times as seconds from the issue. */
function relative(claims: Readonly<Record<string, unknown>> = {}): object {
  const { exp, nbf, iat, jti: _, ...rest } = claims;
  const from = Number(iat);
  return { ...rest, exp: Number(exp) - from, nbf: Number(nbf) - from };
}
