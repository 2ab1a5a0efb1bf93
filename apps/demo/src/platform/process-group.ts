import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessGuard } from '@weft/dp-agent';
import { MeshError } from '@weft/kernel';

/** How to start a process of the shop. */
export interface ProcessOptions {
  /** Names it in messages and its log file. */
  readonly name: string;
  /** Script and arguments for Node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Turns the command line into one that runs somewhere else. */
  readonly inside?: (args: readonly string[]) => readonly string[];
  /** With a channel for messages. */
  readonly ipc?: boolean;
}

/** A started process. */
export interface ShopProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** Resolves when it has ended, to how. */
  readonly ended: Promise<string>;
}

/**
 * Starts processes and makes sure that none is left. Each runs in a session of its own, so that Ctrl-C reaches only the demo,
 * and writes to `<logs>/<name>.log`; the guard takes them along should the demo be killed.
 */
export class ProcessGroup {
  readonly #logs: string;
  readonly #guard: ProcessGuard;
  readonly #running = new Set<ShopProcess>();
  #closed = false;

  constructor(logs: string, guard: ProcessGuard) {
    this.#logs = logs;
    this.#guard = guard;
  }

  /** Starts a process. Throws once the group is closed, so that a start which is still under way leaves nothing behind. */
  start(options: ProcessOptions): ShopProcess {
    if (this.#closed) throw new MeshError('internal/bug', `${options.name} is not started: the shop is closing`);
    const log = openSync(this.logFile(options.name), 'a');
    const line = [process.execPath, ...options.args];
    const [program = '', ...args] = options.inside?.(line) ?? line;
    const child = spawn(program, args, {
      detached: true,
      env: { ...process.env, ...options.env },
      stdio: options.ipc === true ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    });
    closeSync(log);
    this.#guard.watch(child.pid);
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(`does not start: ${error.message}`));
      child.on('exit', (code, signal) => resolve(signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`));
    });
    const started: ShopProcess = { name: options.name, child, ended };
    this.#running.add(started);
    void ended.then(() => {
      this.#guard.forget(child.pid);
      this.#running.delete(started);
    });
    return started;
  }

  logFile(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  /** Last lines of a process's log. */
  tail(name: string, lines: number): string {
    return readFileSync(this.logFile(name), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Starts nothing more. */
  close(): void {
    this.#closed = true;
  }

  /** Asks processes to end, and kills those that have not after `graceMs`. Resolves when all are gone. */
  async stop(chosen: (process: ShopProcess) => boolean, graceMs: number): Promise<void> {
    const ending = [...this.#running].filter(chosen);
    for (const { child } of ending) child.kill('SIGTERM');
    const overdue = setTimeout(() => { for (const { child } of ending) child.kill('SIGKILL'); }, graceMs);
    await Promise.all(ending.map(({ ended }) => ended));
    clearTimeout(overdue);
  }
}
