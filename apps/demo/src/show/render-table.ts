import type { TrafficRow } from './traffic-table.ts';

const HEAD = ['CALLS', 'REQ/S', 'SUCCESS', 'P50 MS', 'P99 MS', 'ANSWERED IN', 'MTLS'];
const LEFT = new Set(['CALLS', 'ANSWERED IN', 'MTLS']);

/** TLS handshakes that the caller's Envoy has counted towards a target, keyed by `<from> <to>`. */
export type Handshakes = ReadonlyMap<string, number>;

/** The table as lines of text. Pure. */
export function renderTable(rows: readonly TrafficRow[], handshakes: Handshakes): readonly string[] {
  const cells = [HEAD, ...rows.map((row) => cellsOf(row, handshakes.get(`${row.from} ${row.to}`) ?? 0))];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => line.map((cell, column) => (LEFT.has(HEAD[column] ?? '') ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ').trimEnd());
}

function cellsOf(row: TrafficRow, handshakes: number): readonly string[] {
  const number = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(1));
  const success = row.success === undefined ? '–' : `${(row.success * 100).toFixed(1)} %`;
  const zones = [...row.zones].map(([zone, share]) => (share === 1 ? zone : `${zone} ${(share * 100).toFixed(0)} %`)).join(', ');
  return [`${row.from} → ${row.to}`, row.rate.toFixed(1), success, number(row.p50), number(row.p99), zones, evidence(row, handshakes)];
}

function evidence(row: TrafficRow, handshakes: number): string {
  if (row.success === undefined) return '';
  if (row.success === 0) return row.permitted ? `failing: ${row.lastFailure ?? ''}` : `refused, as it should be (${row.lastFailure ?? ''})`;
  if (handshakes === 0) return 'no';
  return row.sawClient === undefined ? `yes: ${handshakes} TLS handshakes` : `yes: ${row.sawClient}, ${handshakes} TLS handshakes`;
}
