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

/** Prints plain data as JSON (two spaces) or YAML (keys sorted). */
export function encode(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { sortMapEntries: true, lineWidth: 0 });
}
