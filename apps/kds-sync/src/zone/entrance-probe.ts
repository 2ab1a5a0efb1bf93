import { connect } from 'node:net';

/** Where a zone is entered. */
export interface EntrancePlace {
  readonly address: string;
  readonly port: number;
}

/** Says whether a place takes a connection. Never rejects. */
export type Connects = (place: EntrancePlace) => Promise<boolean>;

const TIMEOUT_MS = 600;
/** Connections that are being made at a time. */
const AT_ONCE = 16;

/** Tries a TCP connection, which is closed as soon as it is made. */
export const connectsByTcp: Connects = ({ address, port }) => new Promise((resolve) => {
  const socket = connect({ host: address, port, timeout: TIMEOUT_MS });
  const settle = (answers: boolean): void => {
    socket.destroy();
    resolve(answers);
  };
  // A process that was busy for so long may have the connection already, and not know of it yet.
  socket.once('connect', () => settle(true)).once('timeout', () => setImmediate(() => settle(false))).on('error', () => settle(false));
});

/** Finds out whether a zone answers at any of its entrances, with few connections at a time over all zones. */
export class EntranceProbe {
  readonly #connects: Connects;
  readonly #waiting: (() => void)[] = [];
  #free = AT_ONCE;

  constructor(connects: Connects = connectsByTcp) {
    this.#connects = connects;
  }

  /** True as soon as one answers, false once all have failed. */
  answers(places: readonly EntrancePlace[]): Promise<boolean> {
    return new Promise((resolve) => {
      void Promise.all(places.map(async (place) => {
        if (await this.#try(place)) resolve(true);
      })).then(() => resolve(false));
    });
  }

  async #try(place: EntrancePlace): Promise<boolean> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    const answers = await this.#connects(place);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
    return answers;
  }
}
