/** A wake-up that is not lost: raised while nobody waits, the next wait returns at once. */
export class Signal {
  #raised = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Resolves once raised since the last wait. One waiter at a time. */
  async wait(): Promise<void> {
    if (!this.#raised) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#raised = false;
  }
}
