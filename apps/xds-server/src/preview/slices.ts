import { setImmediate as turn } from 'node:timers/promises';

/** Streams are served in between stretches of this length. */
const SLICE_MS = 8;

/** Cuts long work into stretches, and knows how long it took. */
export class Slices {
  readonly #start = performance.now();
  #end = this.#start + SLICE_MS;

  /** Lets others work where a stretch is over. */
  async pause(): Promise<void> {
    if (performance.now() < this.#end) return;
    await turn();
    this.#end = performance.now() + SLICE_MS;
  }

  /** Milliseconds since the beginning, others' work included. */
  get elapsed(): number {
    return performance.now() - this.#start;
  }
}
