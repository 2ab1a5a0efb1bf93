import { MeshError } from '@weft/kernel';
import { ageOf } from '../age.ts';
import type { CliContext } from '../context.ts';
import { LiveScreen } from '../live-screen.ts';
import { encode, parseFormat, table, type OutputFormat } from '../output.ts';
import { painter, type Colour } from '../paint.ts';
import { isScreen, screenWidth } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

/** Flags of `status`. */
export interface StatusFlags {
  /** Absent: every mesh. */
  readonly mesh?: string;
  readonly output: string;
  readonly watch?: boolean;
}

interface TypeReceipt {
  readonly state: string;
  readonly since: string;
  readonly message?: string;
}

/** Where one proxy stands, as the server tells it. */
export interface ProxySync {
  readonly mesh: string;
  readonly name: string;
  readonly state: 'SYNCED' | 'STALE' | 'NACK' | 'OFFLINE';
  readonly types: Readonly<Record<string, TypeReceipt>>;
}

interface Answer {
  readonly items: readonly ProxySync[];
  readonly cursor: string;
}

const TYPES = ['cds', 'eds', 'lds', 'rds', 'sds'];

/** `weftctl status`: where each proxy stands with each xDS type. With `--watch` again after each change that the server tells of. */
export async function status(context: CliContext, flags: StatusFlags): Promise<void> {
  const format = parseFormat(flags.output);
  await context.checkVersion();
  const path = flags.mesh === undefined ? '/_xds' : `/meshes/${encodeURIComponent(flags.mesh)}/_xds`;
  const first = await ask(context, path);
  if (flags.watch !== true) return context.print(show(context, first.items, format));
  await watch(context, path, { first, show: format === 'table' && isScreen(context.terminal) ? drawing(context) : printing(context, format) });
}

async function ask(context: CliContext, path: string, after?: string): Promise<Answer> {
  const query = after === undefined ? '' : `?${new URLSearchParams({ after, wait: '15s' }).toString()}`;
  return (await context.client().getJson(path + query)) as unknown as Answer;
}

/** A control plane that is away is asked again after this time: nobody can tell when it is back. */
const AWAY_MS = 2_000;

/** Shows what the server answers, again and again, until the process is ended or nobody reads any more. The server answers when something has changed, or after a while. */
async function watch(context: CliContext, path: string, { first, show: display }: { readonly first: Answer; readonly show: Display }): Promise<void> {
  const { stdout } = context.terminal;
  let last = first;
  let away: string | undefined;
  while (!stdout.destroyed) {
    display(last.items, away);
    try {
      last = await ask(context, path, away === undefined ? last.cursor : undefined);
      away = undefined;
    } catch (caught) {
      const news = MeshError.from(caught).message;
      if (news !== away) display(last.items, news);
      away = news;
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    }
  }
}

/** Shows where the proxies stand; `away`: why the control plane does not answer now. */
type Display = (items: readonly ProxySync[], away?: string) => void;

/** One picture after the other in the same place: ages are right again each time. */
function drawing(context: CliContext): Display {
  const paint = painter(context.terminal);
  const screen = new LiveScreen(context.terminal);
  return (items, away) => {
    const foot = away === undefined ? paint('quiet', 'Changes show at once. Ctrl-C ends this.') : paint('bad', `The control plane does not answer (${away}): what stands above is old.`);
    screen.draw([...show(context, items, 'table').trimEnd().split('\n'), '', foot], (hidden) => paint('quiet', `and ${hidden} more lines: choose a mesh with -m, or make the window higher`));
  };
}

/** One block after the other, where something is different: ages alone do not count. */
function printing(context: CliContext, format: OutputFormat): Display {
  let last: string | undefined;
  let lastAway: string | undefined;
  return (items, away) => {
    if (away !== undefined && away !== lastAway) context.warn(`WARNING: the control plane does not answer, it is asked again: ${away}`);
    lastAway = away;
    const now = JSON.stringify(items);
    if (now !== last) context.print(`${last === undefined || format !== 'table' ? '' : '\n'}${show(context, items, format)}`);
    last = now;
  };
}

function show(context: CliContext, items: readonly ProxySync[], format: OutputFormat): string {
  if (format !== 'table') return encode({ total: items.length, items }, format);
  if (items.length === 0) return 'No proxy has connected yet.\n';
  return proxyTable(context, items) + summary(context, items) + refusals(context, items);
}

const COLOURS: Readonly<Record<ProxySync['state'], Colour>> = { SYNCED: 'good', STALE: 'warning', NACK: 'bad', OFFLINE: 'quiet' };

/** One line per proxy: the state of each type, and how long the latest of them lasts. Coloured after it was laid out. */
function proxyTable(context: CliContext, items: readonly ProxySync[]): string {
  const paint = painter(context.terminal);
  const [header = '', ...rows] = fitting(items, screenWidth(context.terminal)).split('\n');
  return [header, ...rows.map((row) => row.replaceAll(/\b(SYNCED|STALE|NACK|OFFLINE)\b/g, (state) => paint(COLOURS[state as ProxySync['state']], state)))].join('\n');
}

/** Where a screen is too narrow for every type, only those that are not in order; where it still is, names are cut. */
function fitting(items: readonly ProxySync[], width: number | undefined): string {
  const since = (types: ProxySync['types']): string => ageOf(Object.values(types).map((type) => type.since).sort().at(-1), Date.now());
  const whole = table(['MESH', 'NAME', 'STATE', ...TYPES.map((type) => type.toUpperCase()), 'SINCE'], items.map(({ mesh, name, state, types }) => [mesh, name, state, ...TYPES.map((type) => types[type]?.state ?? '-'), since(types)]));
  if (width === undefined || longestLine(whole) <= width) return whole;
  const brief = (nameOf: (name: string) => string): string => table(['MESH', 'NAME', 'STATE', 'NOT SYNCED', 'SINCE'], items.map(({ mesh, name, state, types }) => [mesh, nameOf(name), state, unsynced(types), since(types)]));
  const text = brief((name) => name);
  const room = Math.max(SHORTEST_NAME, Math.max(...items.map(({ name }) => name.length)) - (longestLine(text) - width));
  return longestLine(text) <= width ? text : brief((name) => (name.length <= room ? name : `${name.slice(0, room - 1)}…`));
}

const SHORTEST_NAME = 12;

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map(({ length }) => length));
}

function unsynced(types: ProxySync['types']): string {
  return TYPES.filter((type) => (types[type]?.state ?? 'SYNCED') !== 'SYNCED').map((type) => type.toUpperCase()).join(', ') || '-';
}

function summary(context: CliContext, items: readonly ProxySync[]): string {
  const paint = painter(context.terminal);
  const states = (['SYNCED', 'STALE', 'NACK', 'OFFLINE'] as const).map((state) => ({ state, count: items.filter((item) => item.state === state).length }));
  return `\n${states.filter(({ count }) => count > 0).map(({ state, count }) => paint(COLOURS[state], `${count} ${state}`)).join(', ')}\n`;
}

function refusals(context: CliContext, items: readonly ProxySync[]): string {
  const paint = painter(context.terminal);
  const width = screenWidth(context.terminal);
  const lines = items.filter(({ state }) => state !== 'OFFLINE').flatMap(({ mesh, name, types }) => TYPES.flatMap((type) => {
    const receipt = types[type];
    if (receipt?.state !== 'NACK') return [];
    return [`${paint('bad', 'NACK')} ${name} (mesh ${mesh}), ${type.toUpperCase()}, ${ageOf(receipt.since, Date.now())} ago: Envoy says`, wrapText((receipt.message ?? '').trim(), { width, first: '  ', indent: '  ' })];
  }));
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}
