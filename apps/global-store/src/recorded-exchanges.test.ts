import { readFileSync } from 'node:fs';
import { weftRegistry } from '@weft/policy-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalised, readExchanges, replay } from './testing/recorded-exchange.ts';
import { startForTest, type TestStore } from './testing/start-for-test.ts';

const EXCHANGES = readExchanges(new URL('../testdata/recorded-exchanges.json', import.meta.url));

/** How many exchanges were recorded. */
const RECORDED = 263;

/** Exchanges that tests beside this one replay. */
const ELSEWHERE = ['access', 'global', 'tokens', 'kubernetes'].flatMap((file) => readExchanges(new URL(`../testdata/recorded-${file}.json`, import.meta.url)));

/** Exchanges that are replayed by another package or not at all, by the reason. */
const LEFT_OUT = JSON.parse(readFileSync(new URL('../testdata/exchanges-left-out.json', import.meta.url), 'utf8')) as Readonly<Record<string, readonly string[]>>;

/** Where the answer differs on purpose: its status, and why. */
const DIFFERENT: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  '105-raw-put-no-content-type.exchange-1': [200, 'a document without content type is read as JSON or YAML'],
  '106-raw-put-broken-json.exchange-1': [400, 'the detail tells line and column as well'],
  '107-raw-put-unknown-field.exchange-1': [200, 'unknown fields are accepted and named in a warning'],
};

/** Lists of types name those that only Weft has, too. */
const OWN_TYPES = new Set(weftRegistry.all.filter(({ weftOnly }) => weftOnly === true).map(({ name }) => name));
const withoutOwnTypes = (_: string, value: unknown): unknown => (Array.isArray(value) ? value.filter((item) => !OWN_TYPES.has((item as { readonly name?: string } | null)?.name ?? '')) : value);

/**
 * What Kuma 2.14.3 answered to the same requests in the same order, up to times, ids and addresses. The secrets of CAs
 * were taken out of the recordings: the ca-service, which makes them, does not run here.
 */
describe('recorded exchanges', () => {
  let server: TestStore;
  beforeAll(async () => {
    server = await startForTest();
  });
  afterAll(() => server.app.close());

  it.each(EXCHANGES)('$name: $method $path', async ({ name, method, path, headers, body, answer }) => {
    const got = await replay(server.url, { method, path, headers, ...(body !== undefined && { body }) });
    const [status, different] = DIFFERENT[name] ?? [answer.status];
    expect(got.status).toBe(status);
    if (different !== undefined) return;
    expect(got.contentType).toBe(answer.contentType);
    if (answer.text !== undefined) expect(got.body).toBe(answer.text);
    else expect(normalised(JSON.parse(got.body, withoutOwnTypes))).toEqual(normalised(answer.json));
  });
});

it('every recorded exchange is replayed, or left out for a reason', () => {
  const names = [...EXCHANGES, ...ELSEWHERE].map(({ name }) => name).concat(Object.values(LEFT_OUT).flat());
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(RECORDED);
});
