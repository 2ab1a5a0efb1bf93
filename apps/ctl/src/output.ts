import { MeshError } from '@weft/kernel';
import { stringify } from 'yaml';

/** How results are printed. */
export type OutputFormat = 'table' | 'json' | 'yaml';

/** Parses `-o`. */
export function parseFormat(text: string): OutputFormat {
  if (text === 'table' || text === 'json' || text === 'yaml') return text;
  throw new MeshError('request/invalid', `unknown output format "${text}". Use table, json or yaml.`);
}

/** Lays rows out in left-aligned columns, three spaces apart, the last one not padded. The header is always there. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows];
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, column) => (column === headers.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3))).join('')).join('\n') + '\n';
}

/**
 * Prints plain data as JSON (two spaces) or YAML as kumactl does: keys sorted, those of the meta before the rest where a
 * resource has no `spec`; texts that YAML 1.1 would read as something else are quoted.
 */
export function encode(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(metaFirst(sorted(value)), { version: '1.1', indentSeq: false, lineWidth: 0 });
}

/** Fields of a resource's document that are not its content, sorted. */
export const META_KEYS: ReadonlySet<string> = new Set(['creationTime', 'kri', 'labels', 'mesh', 'modificationTime', 'name', 'type']);

function metaFirst(value: unknown): unknown {
  if (!isMap(value) || value['type'] === undefined || value['name'] === undefined || 'spec' in value) return value;
  const meta = [...META_KEYS].filter((key) => key in value).map((key) => [key, value[key]]);
  return { ...Object.fromEntries(meta) as object, ...value };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return isMap(value) ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
