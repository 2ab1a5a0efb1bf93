import { MeshError } from '@weft/kernel';

/** Waiting previews beyond this number are turned away. */
const MAX_WAITING = 3;

/** One preview at a time: each holds a second copy of a mesh in memory. */
export class PreviewTurns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Runs when the ones before are done. Throws `bus/unavailable` where too many wait already. */
  async take<T>(run: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new MeshError('bus/unavailable', `${MAX_WAITING} previews of configs wait already: try again in a moment`);
    this.#waiting++;
    const turn = this.#last.then(run, run);
    this.#last = turn.then(() => undefined, () => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }
}
