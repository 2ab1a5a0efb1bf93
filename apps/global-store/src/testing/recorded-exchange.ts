import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { weftRegistry } from '@weft/policy-model';
import { startForTest, type TestStore } from './start-for-test.ts';

/** One request that was sent to a Kuma 2.14.3, and what that answered. Headers are those that matter, in lower case. */
export interface RecordedExchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly answer: RecordedAnswer;
}

/** The recorded answer: its body as JSON or as text. */
export interface RecordedAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly json?: unknown;
  readonly text?: string;
}

/** An answer of ours. */
export interface ReplayedAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

/** Reads a file of exchanges. */
export function readExchanges(file: URL): readonly RecordedExchange[] {
  return JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedExchange[];
}

/** Sends the recorded request as it was: `fetch` would add headers of its own. */
export function replay(url: string, { method, path, headers, body }: Omit<RecordedExchange, 'name' | 'answer'>): Promise<ReplayedAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { method, headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, contentType: answer.headers['content-type'] ?? null, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Starts a server that has the mesh of the recordings. */
export async function startWithDemoMesh(): Promise<TestStore> {
  const server = await startForTest();
  await server.call('PUT', '/meshes/demo', { json: { type: 'Mesh', name: 'demo' } });
  return server;
}

/** What is compared of every answer. */
export function headOf({ status, contentType }: Pick<RecordedAnswer, 'status' | 'contentType'>): object {
  return { status, contentType };
}

const VARYING = new Set(['creationTime', 'modificationTime', 'creationTimestamp', 'clusterId', 'hostname', 'instanceId', 'data', 'next']);

/** The document without what differs by nature (times, ids, secrets, addresses); types that are not here are left out of the lists of types. */
export function normalised(value: unknown, varying: ReadonlySet<string> = VARYING): unknown {
  if (Array.isArray(value)) return value.filter(isOfKnownType).map((item) => normalised(item, varying));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, varying.has(key) && typeof member === 'string' ? key : normalised(member, varying)]));
}

function isOfKnownType(item: unknown): boolean {
  const { name, singularDisplayName } = (typeof item === 'object' && item !== null ? item : {}) as { name?: string; singularDisplayName?: string };
  return singularDisplayName === undefined || weftRegistry.byName(name ?? '') !== undefined;
}
