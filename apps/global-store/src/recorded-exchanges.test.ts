import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { weftRegistry } from '@weft/policy-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestStore } from './testing/start-for-test.ts';

interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly answer: { readonly status: number; readonly contentType: string | null; readonly json?: unknown; readonly text?: string };
}

const EXCHANGES = JSON.parse(readFileSync(new URL('../testdata/recorded-exchanges.json', import.meta.url), 'utf8')) as readonly Exchange[];

/** How many exchanges were recorded. */
const RECORDED = 263;

/** Exchanges that are not replayed here, by the reason. */
const LEFT_OUT = JSON.parse(readFileSync(new URL('../testdata/exchanges-left-out.json', import.meta.url), 'utf8')) as Readonly<Record<string, readonly string[]>>;

/** Where the answer differs on purpose, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  '106-raw-put-broken-json.exchange-1': 'the detail tells line and column as well',
  '107-raw-put-unknown-field.exchange-1': 'unknown fields are accepted and named in a warning',
};

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
    const got = await exchange(server.url, { method, path, headers, ...(body !== undefined && { body }) });
    expect(got.status).toBe(answer.status);
    expect(got.contentType).toBe(answer.contentType);
    if (name in DIFFERENT) return;
    if (answer.text !== undefined) expect(got.body).toBe(answer.text);
    else expect(normalised(JSON.parse(got.body))).toEqual(normalised(answer.json));
  });
});

// Not fetch: that adds headers of its own.
function exchange(url: string, what: Omit<Exchange, 'name' | 'answer'>): Promise<{ status: number; contentType: string | null; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + what.path, { method: what.method, headers: { ...what.headers, ...(what.body !== undefined && { 'content-length': Buffer.byteLength(what.body) }) } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, contentType: answer.headers['content-type'] ?? null, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(what.body);
  });
}

const VARYING = new Set(['creationTime', 'modificationTime', 'creationTimestamp', 'clusterId', 'hostname', 'instanceId', 'data', 'next']);

// Times, ids, secrets and addresses differ by nature; types that are not here yet are left out of the lists of types.
function normalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(isOfKnownType).map(normalised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, VARYING.has(key) && typeof member === 'string' ? key : normalised(member)]));
}

function isOfKnownType(item: unknown): boolean {
  const { name, singularDisplayName } = (typeof item === 'object' && item !== null ? item : {}) as { name?: string; singularDisplayName?: string };
  return singularDisplayName === undefined || weftRegistry.byName(name ?? '') !== undefined;
}

it('every recorded exchange is replayed, or left out for a reason', () => {
  const names = [...EXCHANGES.map(({ name }) => name), ...Object.values(LEFT_OUT).flat()];
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(RECORDED);
});
