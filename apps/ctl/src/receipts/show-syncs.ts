import { ageOf } from '../age.ts';
import type { CliContext } from '../context.ts';
import { encode, table, type OutputFormat } from '../output.ts';
import { painter, type Colour } from '../paint.ts';
import { screenWidth } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

interface TypeReceipt {
  readonly state: string;
  readonly since: string;
  readonly message?: string;
}

/** Where one proxy stands, as the server tells it. */
export interface ProxySync {
  readonly mesh: string;
  readonly name: string;
  /** At a global control plane: where the proxy is. */
  readonly zone?: string;
  readonly state: 'SYNCED' | 'STALE' | 'NACK' | 'OFFLINE';
  readonly types: Readonly<Record<string, TypeReceipt>>;
}

const TYPES = ['cds', 'eds', 'lds', 'rds', 'sds'];

/** Where proxies stand, as text: the document, or a table with a count of each state and what Envoys refuse. */
export function showSyncs(context: CliContext, items: readonly ProxySync[], format: OutputFormat): string {
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
  const hasZones = items.some(({ zone }) => zone !== undefined);
  const head = hasZones ? ['ZONE', 'MESH', 'NAME', 'STATE'] : ['MESH', 'NAME', 'STATE'];
  const start = ({ zone = '-', mesh, state }: ProxySync, name: string): readonly string[] => (hasZones ? [zone, mesh, name, state] : [mesh, name, state]);
  const whole = table([...head, ...TYPES.map((type) => type.toUpperCase()), 'SINCE'], items.map((item) => [...start(item, item.name), ...TYPES.map((type) => item.types[type]?.state ?? '-'), since(item.types)]));
  if (width === undefined || longestLine(whole) <= width) return whole;
  const brief = (nameOf: (name: string) => string): string => table([...head, 'NOT SYNCED', 'SINCE'], items.map((item) => [...start(item, nameOf(item.name)), unsynced(item.types), since(item.types)]));
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
