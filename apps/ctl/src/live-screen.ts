import { screenHeight, type Terminal } from './terminal.ts';

const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';
const CLEAR_ALL = '\u001b[2J';

/** A picture in a terminal that is replaced by the next one, line over line, so that nothing flickers. */
export class LiveScreen {
  readonly #terminal: Terminal;
  #drawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows lines in place of those before; those that do not fit are counted in `more`, the last line. */
  draw(lines: readonly string[], more: (hidden: number) => string): void {
    const rows = screenHeight(this.#terminal);
    const fit = lines.length < rows ? lines : [...lines.slice(0, rows - 2), more(lines.length - rows + 2)];
    const start = this.#drawn ? HOME : CLEAR_ALL + HOME;
    this.#drawn = true;
    this.#terminal.stdout.write(`${start}${fit.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_REST}`);
  }
}
