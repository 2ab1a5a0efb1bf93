import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Our programs and the stock names that they can stand under. */
const STAND_INS = { kumactl: 'apps/ctl/dist/main.js', 'kuma-dp': 'apps/dp-agent/dist/main.js', 'kuma-cp': 'apps/control-plane/dist/main.js' } as const;

/** Name of a stock program. */
export type StockProgram = keyof typeof STAND_INS;

/** What a program said. */
export interface ProgramOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with kumactl, kuma-dp and kuma-cp. */
export class StockBinaries {
  readonly #folder: string;
  readonly #home: string;
  readonly #isOurs: boolean;

  private constructor(folder: string, isOurs: boolean) {
    this.#folder = folder;
    this.#home = mkdtempSync(join(tmpdir(), 'weft-stock-home-'));
    this.#isOurs = isOurs;
  }

  /** The folder that `KUMA_BIN` names; undefined where it names none. Throws where a program is missing in it. */
  static given(): StockBinaries | undefined {
    const folder = process.env['KUMA_BIN'];
    if (folder === undefined || folder === '') return undefined;
    const missing = (Object.keys(STAND_INS) as StockProgram[]).filter((name) => !existsSync(join(folder, name)));
    if (missing.length > 0) throw new Error(`KUMA_BIN=${folder} has no ${missing.join(' and no ')}`);
    return new StockBinaries(folder, false);
  }

  /** Our own programs under the stock names, so that what drives the stock ones is itself tested. */
  static ours(): StockBinaries {
    const folder = mkdtempSync(join(tmpdir(), 'weft-stock-bin-'));
    chmodSync(folder, 0o755); // the agent runs as another user
    for (const [name, bundle] of Object.entries(STAND_INS)) {
      writeFileSync(join(folder, name), `#!/bin/sh\nexec ${process.execPath} ${join(root, bundle)} "$@"\n`);
      chmodSync(join(folder, name), 0o755);
    }
    return new StockBinaries(folder, true);
  }

  path(name: StockProgram): string {
    return join(this.#folder, name);
  }

  /** Runs kumactl with a configuration of its own. */
  async kumactl(args: readonly string[], stdin = ''): Promise<ProgramOutput> {
    const child = spawn(this.path('kumactl'), [`--config-file=${join(this.#home, 'config')}`, ...args], { env: { ...process.env, HOME: this.#home } });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.stdin.on('error', () => undefined); // a program that reads no input may end first
    child.stdin.end(stdin);
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode: exitCode ?? -1, ...output };
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true });
    if (this.#isOurs) rmSync(this.#folder, { recursive: true, force: true });
  }
}
