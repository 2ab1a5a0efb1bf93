import { connect, type Socket } from 'node:net';

/** Lines that wait while their receiver is away; older ones make room. */
const MOST_WAITING = 1000;
const RETRY_MS = 1000;
const CONNECT_TIMEOUT_MS = 5000;

/** Where a connection leads, and who hears of trouble. */
export interface LogReceiver {
  readonly host: string;
  readonly port: number;
  /** Hears once that the receiver is away, and how many lines were lost when it is back. */
  readonly onTrouble: (text: string) => void;
}

/** A connection to a receiver of access logs: opened with the first line, opened again when it ends and a line comes. */
export class LogConnection {
  readonly #receiver: LogReceiver;
  #waiting: string[] = [];
  #socket: Socket | undefined;
  #open = false;
  #timer: NodeJS.Timeout | undefined;
  #lost = 0;
  #away = false;

  constructor(receiver: LogReceiver) {
    this.#receiver = receiver;
  }

  /** Sends a line, now or once the receiver is there. */
  write(text: string): void {
    const socket = this.#socket;
    // What the receiver does not take in time waits here, where it is bounded, and not in the socket.
    if (this.#open && socket !== undefined && !socket.writableNeedDrain) {
      socket.write(`${text}\n`);
      return;
    }
    this.#waiting.push(text);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#lost++;
    }
    if (socket === undefined && this.#timer === undefined) this.#connect();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket?.removeAllListeners().on('error', () => undefined).destroy();
  }

  #connect(): void {
    this.#timer = undefined;
    const { host, port } = this.#receiver;
    const socket = connect({ host, port });
    this.#socket = socket;
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
    socket.on('connect', () => { socket.setTimeout(0); this.#open = true; this.#flush(socket); });
    socket.on('drain', () => this.#flush(socket));
    socket.on('error', () => undefined).on('close', () => this.#closed()).resume();
  }

  #flush(socket: Socket): void {
    if (this.#lost > 0) this.#receiver.onTrouble(`${this.#lost} lines of the access log were lost while ${this.#place} was away or slow`);
    this.#lost = 0;
    this.#away = false;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) socket.write(lines.map((line) => `${line}\n`).join(''));
  }

  #closed(): void {
    this.#socket = undefined;
    this.#open = false;
    if (this.#waiting.length === 0) return;
    if (!this.#away) this.#receiver.onTrouble(`access log: ${this.#place} cannot be reached; the newest ${MOST_WAITING} lines wait for it`);
    this.#away = true;
    this.#timer = setTimeout(() => this.#connect(), RETRY_MS);
  }

  get #place(): string {
    return `${this.#receiver.host}:${this.#receiver.port}`;
  }
}
