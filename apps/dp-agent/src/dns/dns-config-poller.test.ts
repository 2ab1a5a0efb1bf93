import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DnsConfigPoller } from './dns-config-poller.ts';

/** Envoy's side: serves one document with an ETag. */
let folder: string;
let socketPath: string;
let envoy: Server;
let poller: DnsConfigPoller;
let body: string;
let etag: string;
const statuses: number[] = [];
const tables: string[][] = [];
const problems: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-dns-'));
  socketPath = join(folder, 'kuma-mesh-metric-config.sock');
  for (const list of [statuses, tables, problems]) list.length = 0;
  serve('one', ['a.mesh']);
  envoy = startEnvoy();
  await once(envoy, 'listening');
});

afterEach(() => {
  poller.close();
  envoy.close();
  envoy.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

function serve(version: string, names: readonly string[]): void {
  etag = version;
  body = JSON.stringify({ records: names.map((name) => ({ name, ips: ['240.0.0.1'] })), ttl: 30 });
}

function startEnvoy(): Server {
  return createServer((request, response) => {
    const same = request.headers['if-none-match'] === etag;
    statuses.push(same ? 304 : 200);
    response.writeHead(same ? 304 : 200, { etag }).end(same ? undefined : body);
  }).listen(socketPath);
}

function start(patienceMs = 60_000): void {
  poller = new DnsConfigPoller({ socketPath, intervalMs: 10, patienceMs, onTable: ({ names }) => tables.push([...names]), onProblem: (why) => problems.push(why) });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => { setTimeout(resolve, 5); });
}

describe('the table of names', () => {
  it('is read once and again when it is another', async () => {
    start();
    expect(poller.ready).toBe(false);
    await until(() => statuses.includes(304));
    expect(poller.ready).toBe(true);
    expect(tables).toEqual([['a.mesh']]);
    serve('two', ['a.mesh', 'b.mesh']);
    await until(() => tables.length === 2);
    expect([...poller.table.names]).toEqual(['a.mesh', 'b.mesh']);
  });

  it('stays while Envoy is away or serves what nobody understands', async () => {
    start();
    await until(() => tables.length === 1);
    [etag, body] = ['broken', 'no JSON'];
    await until(() => problems.length > 0);
    envoy.close();
    envoy.closeAllConnections();
    await once(envoy, 'close');
    expect([...poller.table.names]).toEqual(['a.mesh']);
    serve('three', ['c.mesh']);
    envoy = startEnvoy();
    await until(() => tables.length === 2);
    expect([...poller.table.names]).toEqual(['c.mesh']);
    expect(problems).toHaveLength(1);
  });

  it('is not waited for without end', async () => {
    envoy.close();
    start(1);
    await until(() => poller.ready);
    expect(tables).toEqual([]);
  });
});
