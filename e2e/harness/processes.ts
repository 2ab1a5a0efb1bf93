import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program that a test started. What it prints is kept for the message of a failed wait. */
export class TestProcess {
  readonly child: ChildProcess;
  readonly #name: string;
  #output = '';

  /** `program`: Node.js where absent. `inside` turns the command line into one that runs somewhere else, such as in a network namespace. */
  constructor(name: string, command: { readonly program?: string; readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly inside?: (args: readonly string[]) => readonly string[] }) {
    this.#name = name;
    const line = [command.program ?? process.execPath, ...command.args];
    const [program = '', ...args] = command.inside?.(line) ?? line;
    this.child = spawn(program, args, { env: { ...process.env, ...command.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-200_000)));
  }

  get output(): string {
    return this.#output;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.ended) return;
    const closed = once(this.child, 'exit');
    this.child.kill(signal);
    await closed;
  }

  /** Waits for a condition; fails with the last output when it does not come, or the process ends. */
  async until(what: string, condition: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
    await until(`${this.#name}: ${what}`, async () => {
      if (this.ended) throw new Error(`${this.#name} ended while waiting for: ${what}\n${this.#output}`);
      return condition();
    }, limitMs).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n— last output of ${this.#name}\n${this.#output.slice(-4000)}`);
    });
  }
}

/** Asks again and again, closely, until a condition holds; fails naming it. A condition that throws ends the wait. */
export async function until(what: string, condition: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
