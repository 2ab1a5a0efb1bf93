import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Settings of {@link startProcess}. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves once true; called again and again until then. */
  readonly isReady: () => Promise<boolean>;
  /** How long it may take, in milliseconds. Default 20,000. */
  readonly patienceMs?: number;
}

/** A process that a test started. */
export interface StartedProcess {
  readonly pid: number;
  /** What it wrote so far, for messages. */
  readonly output: () => string;
  readonly exited: Promise<unknown>;
  /** Sends a signal and waits for the end. Default SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const PATIENCE_MS = 20_000;

/** Starts a process and waits until it is ready. Throws with its output when it ends early or takes too long. */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const child: ChildProcess = spawn(options.command, [...options.args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  let output = '';
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const state: { end: string | undefined } = { end: undefined };
  child.once('error', (error) => (state.end = error.message));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      state.end ??= `it ended (${code ?? signal ?? 'unknown'})`;
      resolve();
    });
  });
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await exited;
  };
  const ready = await waitFor(async () => state.end !== undefined || (await options.isReady()), options.patienceMs);
  if (!ready || state.end !== undefined || child.pid === undefined) {
    await stop();
    throw new Error(`${options.command} did not start: ${state.end ?? 'not ready in time'}\n${output}`);
  }
  return { pid: child.pid, output: () => output, exited, stop };
}

/** Asks a condition until it holds; false after 20 s. A rejection counts as not yet. */
export async function waitFor(condition: () => Promise<boolean> | boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    if (await Promise.resolve().then(condition).catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** A TCP port on loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A new folder under the system's folder for temporary files, and how to remove it. */
export async function tempDir(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'weft-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
