import { isScreen, type Terminal } from './terminal.ts';

/** Colours by what they mean. */
export type Colour = 'good' | 'warning' | 'bad' | 'quiet' | 'strong';

const CODES: Readonly<Record<Colour, string>> = { good: '32', warning: '33', bad: '31', quiet: '2', strong: '1' };

/** Colours text where it goes to a terminal that wants it (no `NO_COLOR`); elsewhere it stays as it is. */
export function painter(terminal: Terminal): (colour: Colour, text: string) => string {
  return isScreen(terminal) && !terminal.env['NO_COLOR'] ? (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : (_colour, text) => text;
}
