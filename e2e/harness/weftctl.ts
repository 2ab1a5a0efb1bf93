import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '..', '..', 'apps', 'ctl', 'dist', 'main.js');

/** A config dump is long. */
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What became of one command. */
export interface CommandRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** weftctl with a configuration of its own. */
export class Weftctl {
  readonly #folder = mkdtempSync(join(tmpdir(), 'weft-ctl-'));

  /** Knows the control plane at `url`. */
  static async of(url: string): Promise<Weftctl> {
    const weftctl = new Weftctl();
    await weftctl.run('config', 'control-planes', 'add', '--name', 'test', '--address', url);
    return weftctl;
  }

  run(...args: readonly string[]): Promise<CommandRun> {
    return new Promise((resolve) => {
      execFile(process.execPath, [PROGRAM, '--config-file', join(this.#folder, 'ctl.yaml'), ...args], { maxBuffer: MOST_OUTPUT_BYTES }, (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }));
    });
  }

  /** `apply` of one document. */
  apply(document: unknown, ...flags: readonly string[]): Promise<CommandRun> {
    const file = join(this.#folder, 'document.json');
    writeFileSync(file, JSON.stringify(document));
    return this.run('apply', '-f', file, ...flags);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
