import { MeshError } from '@weft/kernel';

/** What came of one check. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** What was seen: evidence, or what was wrong. */
  readonly detail: string;
  readonly ms: number;
}

/** Runs checks one by one, says what came of each, and keeps count. A check that fails does not keep the others from running. */
export class Checklist {
  readonly results: CheckResult[] = [];
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Runs a check; it returns its evidence, and throws when something is not as it should be. */
  async check(name: string, work: () => Promise<string>): Promise<void> {
    const begin = performance.now();
    const result = await work().then(
      (detail) => ({ passed: true, detail }),
      (error: unknown) => ({ passed: false, detail: MeshError.from(error).message.trim() }),
    );
    const ms = Math.round(performance.now() - begin);
    this.results.push({ name, ms, ...result });
    this.#write(`  ${result.passed ? 'ok  ' : 'FAIL'} ${name}: ${result.detail} (${ms} ms)`);
  }

  get failed(): number {
    return this.results.filter((result) => !result.passed).length;
  }

  /** The counts as one line of JSON. `extra` is added to it. */
  summary(extra: Readonly<Record<string, unknown>>): string {
    const checks = this.results.map(({ name, passed, ms }) => ({ name, passed, ms }));
    return JSON.stringify({ passed: this.results.length - this.failed, failed: this.failed, ...extra, checks });
  }
}

/** Throws with a message unless a condition holds. */
export function expectThat(condition: boolean, message: string): void {
  if (!condition) throw new MeshError('internal/bug', message);
}
