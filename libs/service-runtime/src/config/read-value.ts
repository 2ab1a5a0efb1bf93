import { err, ok, parseDuration, type Result } from '@weft/kernel';
import type { ConfigKind, ConfigValue } from './config-key.ts';

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Reads a value from a variable's text; a variable that is set to nothing counts as set (Kuma 2.14). The error says what would be right. */
export function valueFromText(kind: ConfigKind, text: string): Result<ConfigValue, string> {
  switch (kind) {
    case 'text': return ok(text);
    case 'int': case 'port': return /^[+-]?\d+$/.test(text) ? checked(kind, Number(text)) : err(`"${text}" is no whole number`);
    case 'bool': return TRUE.has(text) ? ok(true) : FALSE.has(text) ? ok(false) : err(`"${text}" is neither true nor false`);
    case 'duration': return duration(text);
    case 'list': return ok(text === '' ? [] : text.split(','));
    case 'map': return mapFromText(text);
    case 'objects': return err('it can be set in the file only');
  }
}

/** Reads a value as YAML gave it. A bare number as a duration is nanoseconds (Kuma 2.14). */
export function valueFromYaml(kind: ConfigKind, value: unknown): Result<ConfigValue, string> {
  switch (kind) {
    case 'text': return typeof value === 'string' ? ok(value) : typeof value === 'number' || typeof value === 'boolean' ? ok(String(value)) : wrong('text', value);
    case 'int': case 'port': return typeof value === 'number' && Number.isInteger(value) ? checked(kind, value) : wrong('a whole number', value);
    case 'bool': return typeof value === 'boolean' ? ok(value) : wrong('true or false', value);
    case 'duration': return typeof value === 'number' ? nonNegative(value / 1e6) : typeof value === 'string' ? duration(value) : wrong('a duration such as 10s', value);
    case 'list': return Array.isArray(value) && value.every((item) => typeof item === 'string') ? ok(value) : wrong('a list of texts', value);
    case 'objects': return Array.isArray(value) ? ok(value) : wrong('a list', value);
    case 'map': return mapFromYaml(value);
  }
}

function checked(kind: ConfigKind, value: number): Result<number, string> {
  return kind === 'port' && (value < 0 || value > 65_535) ? err(`${value} is no port: use 0 to 65535 (0 takes a free one)`) : ok(value);
}

function duration(text: string): Result<number, string> {
  const parsed = parseDuration(text);
  return parsed.ok ? nonNegative(parsed.value) : parsed;
}

function nonNegative(ms: number): Result<number, string> {
  return ms >= 0 ? ok(ms) : err('it must not be negative');
}

function mapFromText(text: string): Result<ConfigValue, string> {
  const pairs = text === '' ? [] : text.split(',').map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const);
  return pairs.every(([key]) => key !== '') ? ok(Object.fromEntries(pairs)) : err(`"${text}" is no map: write key:value,key:value`);
}

function mapFromYaml(value: unknown): Result<ConfigValue, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return wrong('a map', value);
  const entries = Object.entries(value).map(([key, item]) => [key, String(item)] as const);
  return ok(Object.fromEntries(entries));
}

function wrong(expected: string, value: unknown): Result<never, string> {
  const found = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : typeof value === 'object' ? 'a section' : `${typeof value} ${JSON.stringify(value)}`;
  return err(`it must be ${expected}, not ${found}`);
}
