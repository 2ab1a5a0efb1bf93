/** Shows steps of work with the time that each took, a line each. */
export class StepList {
  readonly #write: (text: string) => void;
  readonly #begin = performance.now();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Runs a step. What it returns, if text, is shown behind its name, or else what `words` makes of it. */
  async step<T>(name: string, work: () => Promise<T>, words = (value: T): string => (typeof value === 'string' ? value : '')): Promise<T> {
    const begin = performance.now();
    this.#write(`  ${name} …`);
    try {
      const value = await work();
      const shown = words(value);
      this.#write(`${shown === '' ? '' : ` ${shown},`} ${seconds(performance.now() - begin)}\n`);
      return value;
    } catch (error) {
      this.#write(` failed after ${seconds(performance.now() - begin)}\n`);
      throw error;
    }
  }

  /** Time since this list began, in words. */
  get elapsed(): string {
    return seconds(performance.now() - this.#begin);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
