import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { JsonObject } from '@bufbuild/protobuf';
import { ensureEnvoy } from '@weft/envoy-binary';

/** Envoy's own check of a bootstrap: resolves with what it said if it is content, rejects with its words otherwise. */
export async function validateBootstrap(bootstrap: JsonObject): Promise<string> {
  const { path } = await ensureEnvoy();
  const folder = mkdtempSync(join(tmpdir(), 'weft-validate-'));
  const file = join(folder, 'bootstrap.json');
  writeFileSync(file, JSON.stringify(bootstrap));
  try {
    const { stdout, stderr } = await promisify(execFile)(path, ['--mode', 'validate', '-c', file, '-l', 'error']);
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A running Envoy. */
export interface RunningEnvoy {
  /** GET on the admin interface. */
  readonly admin: (path: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Starts Envoy with the bootstrap (its admin interface on `adminPort` of loopback) and waits until it is live. */
export async function startEnvoy(bootstrap: JsonObject, adminPort: number): Promise<RunningEnvoy> {
  const { path } = await ensureEnvoy();
  const folder = mkdtempSync(join(tmpdir(), 'weft-envoy-'));
  const file = join(folder, 'bootstrap.json');
  writeFileSync(file, JSON.stringify(bootstrap));
  const child = spawn(path, ['-c', file, '-l', 'warn', '--concurrency', '1', '--disable-hot-restart', '--file-flush-interval-msec', '50'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => said.push(chunk));
  const admin = (target: string): Promise<string> => adminGet(adminPort, target);
  await live(child, admin, said);
  return { admin, stop: async () => { await stopped(child); rmSync(folder, { recursive: true }); } };
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function live(child: ChildProcess, admin: RunningEnvoy['admin'], said: readonly string[]): Promise<void> {
  while (child.exitCode === null) {
    const answer = await admin('/ready').catch(() => '');
    if (answer.startsWith('LIVE')) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`Envoy ended with ${child.exitCode}: ${said.join('')}`);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function adminGet(port: number, path: string): Promise<string> {
  const request = get({ host: '127.0.0.1', port, path, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}
