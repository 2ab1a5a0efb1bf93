import { ageOf } from '../age.ts';
import type { CliContext } from '../context.ts';
import { encode, parseFormat, table, type OutputFormat } from '../output.ts';
import { painter } from '../paint.ts';

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
  let last = '';
  for (let query = ''; ;) {
    const answer = (await context.client().getJson(path + query)) as unknown as Answer;
    const shown = show(context, answer.items, format);
    if (shown !== last) context.print(last === '' ? shown : `\n${shown}`);
    if (flags.watch !== true) return;
    last = shown;
    query = `?${new URLSearchParams({ after: answer.cursor, wait: '15s' }).toString()}`;
  }
}

function show(context: CliContext, items: readonly ProxySync[], format: OutputFormat): string {
  if (format !== 'table') return encode({ total: items.length, items }, format);
  if (items.length === 0) return 'No proxy has connected yet.\n';
  return statusTable(items, Date.now()) + summary(context, items) + refusals(context, items);
}

/** One line per proxy: the state of each type, and how long the latest of them lasts. */
export function statusTable(items: readonly ProxySync[], nowMs: number): string {
  const rows = items.map(({ mesh, name, state, types }) => [mesh, name, state, ...TYPES.map((type) => types[type]?.state ?? '-'), ageOf(Object.values(types).map(({ since }) => since).sort().at(-1), nowMs)]);
  return table(['MESH', 'NAME', 'STATE', ...TYPES.map((type) => type.toUpperCase()), 'SINCE'], rows);
}

function summary(context: CliContext, items: readonly ProxySync[]): string {
  const paint = painter(context.terminal);
  const colours = { SYNCED: 'good', STALE: 'warning', NACK: 'bad', OFFLINE: 'quiet' } as const;
  const states = (['SYNCED', 'STALE', 'NACK', 'OFFLINE'] as const).map((state) => ({ state, count: items.filter((item) => item.state === state).length }));
  return `\n${states.filter(({ count }) => count > 0).map(({ state, count }) => paint(colours[state], `${count} ${state}`)).join(', ')}\n`;
}

function refusals(context: CliContext, items: readonly ProxySync[]): string {
  const paint = painter(context.terminal);
  const lines = items.filter(({ state }) => state !== 'OFFLINE').flatMap(({ mesh, name, types }) => TYPES.flatMap((type) => {
    const receipt = types[type];
    if (receipt?.state !== 'NACK') return [];
    return [`${paint('bad', 'NACK')} ${name} (mesh ${mesh}), ${type.toUpperCase()}, ${ageOf(receipt.since, Date.now())} ago: Envoy says\n  ${(receipt.message ?? '').trim().replaceAll('\n', '\n  ')}`];
  }));
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}
