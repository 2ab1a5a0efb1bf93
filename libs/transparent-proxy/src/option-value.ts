import { err, ok, parseDuration, type Result } from '@weft/kernel';
import type { OptionKind } from './options.ts';

/** What an option may hold. */
export type OptionValue = boolean | number | string | readonly string[] | Readonly<Record<string, string>>;

const NETWORK = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*)(?:\/\d{1,3})?$/i;
const UID_EXCLUSION = /^(?:(?:tcp|udp|\*):)?(?:(?:\*|\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)?:)?\d+(?:-\d+)?$/;

/** Reads a value as it stands in a file, a variable or a flag. The error says what would be right. */
export function readOption(kind: OptionKind, raw: unknown): Result<OptionValue, string> {
  switch (kind) {
    case 'boolean': return typeof raw === 'boolean' ? ok(raw) : oneOf({ true: true, '1': true, false: false, '0': false }, raw, 'true or false');
    case 'family': return oneOf({ dualstack: 'dualstack', ipv4: 'ipv4', ipv6: 'ipv6' }, raw, 'dualstack, ipv4 or ipv6');
    case 'text': return typeof raw === 'string' || typeof raw === 'number' ? ok(String(raw)) : err('is no text');
    case 'port': return count(raw, 1, 65_535);
    case 'count': return count(raw, 0, Number.MAX_SAFE_INTEGER);
    case 'duration': return duration(raw);
    case 'ports': return eachOf(raw, ',', port);
    case 'networks': return eachOf(raw, ',', (text) => (NETWORK.test(text) ? ok(text) : err(`"${text}" is neither an address nor a network such as 10.0.0.0/8`)));
    case 'uid-exclusions': return eachOf(raw, ';', (text) => (UID_EXCLUSION.test(text) ? ok(text) : err(`"${text}" is not of the form [tcp|udp|*:][ports:]uid or uid-uid`)));
    case 'vnets': return eachOf(raw, ',', vnet);
    case 'executables': return executables(raw);
  }
}

function oneOf<T>(values: Readonly<Record<string, T>>, raw: unknown, words: string): Result<T, string> {
  const found = typeof raw === 'string' || typeof raw === 'number' ? values[String(raw).toLowerCase()] : undefined;
  return found === undefined ? err(`"${String(raw)}" is not ${words}`) : ok(found);
}

function count(raw: unknown, min: number, max: number): Result<number, string> {
  const value = typeof raw === 'number' ? raw : typeof raw === 'string' && raw !== '' ? Number(raw) : NaN;
  return Number.isInteger(value) && value >= min && value <= max ? ok(value) : err(`"${String(raw)}" is no whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`);
}

function duration(raw: unknown): Result<number, string> {
  return typeof raw === 'string' ? parseDuration(raw) : err(`"${String(raw)}" is no duration such as 2s`);
}

/** A list, or text with a separator; a repeated flag comes as a list of such texts. */
function eachOf(raw: unknown, separator: string, read: (text: string) => Result<string, string>): Result<readonly string[], string> {
  const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (!items.every((item) => typeof item === 'string' || typeof item === 'number')) return err('is no list of texts');
  const values: string[] = [];
  for (const text of items.flatMap((item) => String(item).split(separator)).map((part) => part.trim()).filter((part) => part !== '')) {
    const value = read(text);
    if (!value.ok) return value;
    values.push(value.value);
  }
  return ok(values);
}

function port(text: string): Result<string, string> {
  const [, first, last = first] = /^(\d+)(?:[-:](\d+))?$/.exec(text) ?? [];
  if (first === undefined || Number(first) < 1 || Number(last) > 65_535 || Number(first) > Number(last)) return err(`"${text}" is neither a port nor a range such as 8000-8010`);
  return ok(first === last ? first : `${first}:${String(last)}`);
}

function vnet(text: string): Result<string, string> {
  const [, network = ''] = /^[\w.-]+\+?:(.+)$/.exec(text) ?? [];
  return NETWORK.test(network) ? ok(text) : err(`"${text}" is not of the form interface:CIDR, such as docker0:172.17.0.0/16`);
}

function executables(raw: unknown): Result<Readonly<Record<string, string>>, string> {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return ok(Object.fromEntries(Object.entries(raw).map(([name, path]) => [name, String(path)])));
  const pairs = eachOf(raw, ',', (text) => (/^ip6?tables(-save|-restore)?:.+$/.test(text) ? ok(text) : err(`"${text}" is not of the form ip[6]tables[-save|-restore]:path`)));
  return pairs.ok ? ok(Object.fromEntries(pairs.value.map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)]))) : pairs;
}
