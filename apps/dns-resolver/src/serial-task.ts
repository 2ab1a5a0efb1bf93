/**
 * Runs a task that must not run twice at once: who asks while it runs is served by one more run after it. Nothing that
 * is asked for gets lost, however it falls in time. The task must not reject.
 */
export class SerialTask {
  readonly #task: () => Promise<void>;
  #asked = false;
  #running: Promise<void> | undefined;

  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  /** Asks for a run; resolves when no run is asked for any more. */
  request(): Promise<void> {
    this.#asked = true;
    this.#running ??= this.#drain();
    return this.#running;
  }

  /** Resolves once nothing runs. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Begins after `request` has noted it. From the last look at `asked` to the end nothing else can run.
    await Promise.resolve();
    while (this.#asked) {
      this.#asked = false;
      await this.#task();
    }
    this.#running = undefined;
  }
}
