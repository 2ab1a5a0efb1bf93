import type { Shop } from '../platform/shop.ts';
import { readHandshakes } from './handshakes.ts';
import { renderTable, type Handshakes } from './render-table.ts';
import { thingsToTry } from './things-to-try.ts';

const REFRESH_MS = 1000;
const PLAIN_EVERY_MS = 10_000;

/** Shows the table until it is stopped: in place on a terminal, as plain lines now and then elsewhere. */
export class LiveView {
  readonly #shop: Shop;
  readonly #out: NodeJS.WriteStream;
  readonly #notes: string[] = [];
  #handshakes: Handshakes = new Map();
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(shop: Shop, out: NodeJS.WriteStream) {
    this.#shop = shop;
    this.#out = out;
  }

  start(): void {
    this.#out.write(`\n${this.#tries()}\n\n`);
    this.#timer = setInterval(() => { void this.#refresh(); }, this.#out.isTTY ? REFRESH_MS : PLAIN_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Shows a line of text below the table, for example that the control plane was restarted. */
  note(text: string): void {
    this.#notes.push(text);
    if (this.#notes.length > 3) this.#notes.shift();
    if (!this.#out.isTTY) this.#out.write(`${text}\n`);
  }

  async #refresh(): Promise<void> {
    this.#handshakes = await readHandshakes(this.#shop);
    const lines = [...renderTable(this.#shop.traffic.rows(), this.#handshakes), ''];
    if (!this.#out.isTTY) {
      this.#out.write(`${lines.join('\n')}\n`);
      return;
    }
    lines.push(...this.#notes, 'Ctrl-C stops everything and leaves nothing behind.');
    const width = this.#out.columns;
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#out.write(`${up}${lines.map((line) => `\u001b[2K${line.slice(0, width - 1)}`).join('\n')}\n\u001b[J`);
    this.#drawn = lines.length;
  }

  #tries(): string {
    const tries = thingsToTry(this.#shop).map(({ shows, command }, at) => `  ${at + 1}. ${shows}\n       ${command}`);
    return `Six things to try, in another terminal in this folder:\n${tries.join('\n')}`;
  }
}
