import { err, ok, type Result } from './result.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/y;

/**
 * Parses a Go duration ("1h30m", "250ms", "1.5s", "0") into milliseconds (fractions kept).
 * Source: Go's time.ParseDuration. Never throws; the error is a message in plain words.
 */
export function parseDuration(text: string): Result<number, string> {
  const bad = err(`invalid duration "${text}": write a number and a unit, such as 10s, 1.5m or 250ms`);
  const negative = text.startsWith('-');
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return ok(0);
  if (body === '') return bad;
  let total = 0;
  let at = 0;
  while (at < body.length) {
    PART.lastIndex = at;
    const part = PART.exec(body);
    if (part === null) return bad;
    total += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? 0);
    at = PART.lastIndex;
  }
  return ok(negative ? -total : total);
}

/** Formats milliseconds as Go prints a duration ("1h0m0s", "1m30s", "1.5s", "250ms", "0s"). */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const abs = Math.abs(ms);
  if (abs < 1) return `${sign}${trimmed(abs * 1000)}µs`;
  if (abs < 1000) return `${sign}${trimmed(abs)}ms`;
  const hours = Math.floor(abs / 3_600_000);
  const minutes = Math.floor((abs % 3_600_000) / 60_000);
  const seconds = trimmed((abs % 60_000) / 1000);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(9)));
}
