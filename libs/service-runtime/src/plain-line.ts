const COLOURS: Readonly<Record<string, string>> = { error: '\u001b[31m', warn: '\u001b[33m', debug: '\u001b[2m' };
const RESET = '\u001b[0m';
const HIDDEN = new Set(['level', 'time', 'message', 'err', 'app']);

/** Turns pino's JSON line into one line for a person: time, level if not info, app, message, fields, and an error's stack under it. */
export function plainLine(jsonLine: string, colour: boolean): string {
  const line = JSON.parse(jsonLine) as Readonly<Record<string, unknown>>;
  const level = String(line['level']);
  const time = String(line['time']).slice(11, 23);
  const words = [time];
  if (level !== 'info') words.push(paint(level.toUpperCase(), colour ? COLOURS[level] : undefined));
  if (typeof line['app'] === 'string') words.push(`${line['app']}:`);
  if (typeof line['message'] === 'string') words.push(line['message']);
  const fields = Object.entries(line).filter(([key]) => !HIDDEN.has(key)).map(([key, value]) => `${key}=${plainValue(value)}`);
  if (fields.length > 0) words.push(paint(`(${fields.join(', ')})`, colour ? COLOURS['debug'] : undefined));
  return `${words.join(' ')}\n${errorLines(line['err'])}`;
}

function paint(text: string, code: string | undefined): string {
  return code === undefined ? text : `${code}${text}${RESET}`;
}

function plainValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function errorLines(err: unknown): string {
  if (err === null || typeof err !== 'object') return '';
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : '';
  return text === '' ? '' : `${text.split('\n').map((row) => `    ${row}`).join('\n')}\n`;
}
