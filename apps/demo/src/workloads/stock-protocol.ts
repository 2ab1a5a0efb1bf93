import { connect, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { answeredCall, failedCall, type CallOutcome } from './call-outcome.ts';
import type { HeldConnection } from './messages.ts';

const PING_EVERY_MS = 250;

/** A server of the stock's line protocol: `TAKE <item>` answers `OK <instance> <count>`, `PING` answers `PONG`. */
export function stockServer(instance: string): Server {
  let left = 1_000_000;
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // The reader passes the socket's errors on, and would end the process with them.
    createInterface({ input: socket }).on('error', () => undefined).on('line', (line) => {
      if (line === 'PING') socket.write('PONG\n');
      else if (line.startsWith('TAKE ')) socket.write(`OK ${instance} ${--left}\n`);
      else socket.end('ERR unknown command\n');
    });
  });
}

/** Takes one item over a connection of its own. A connection that closes without a word counts as failed. Never rejects. */
export function takeFromStock(host: string, port: number, timeoutMs: number): Promise<CallOutcome> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (outcome: CallOutcome): void => { resolve(outcome); socket.destroy(); };
    const fail = (why: string): void => done(failedCall(why, performance.now() - begin));
    socket.setTimeout(timeoutMs, () => fail('timeout'));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.on('close', () => fail('connection closed'));
    createInterface({ input: socket }).on('error', () => undefined).once('line', (line) => {
      const [, instance] = /^OK (\S+)/.exec(line) ?? [];
      if (instance === undefined) fail(/^[\x20-\x7e]+$/.test(line) ? line : 'no answer in the stock\'s protocol');
      else done(answeredCall({ instance }, 'OK', performance.now() - begin));
    });
    socket.write('TAKE apple\n');
  });
}

/** Keeps one connection to the stock open with pings, opens another when it breaks, and counts both. */
export class HeldStockConnection {
  #opened = 0;
  #broken = 0;
  #pongs = 0;

  constructor(host: string, port: number) {
    this.#open(host, port);
  }

  get counts(): HeldConnection {
    return { opened: this.#opened, broken: this.#broken, pongs: this.#pongs };
  }

  #open(host: string, port: number): void {
    const socket = connect({ host, port });
    let answered = false;
    const pings = setInterval(() => socket.write('PING\n'), PING_EVERY_MS);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(pings);
      // One that never answered was not open: the proxy may still be starting.
      if (answered) this.#broken += 1;
      setTimeout(() => this.#open(host, port), PING_EVERY_MS);
    });
    createInterface({ input: socket }).on('error', () => undefined).on('line', () => {
      if (!answered) this.#opened += 1;
      answered = true;
      this.#pongs += 1;
    });
  }
}
