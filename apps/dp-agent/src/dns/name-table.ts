import { err, ok, type Result } from '@weft/kernel';

/** The names that an agent answers itself. */
export interface NameTable {
  /** Seconds for which an answer may be kept. */
  readonly ttl: number;
  /** Addresses, IPv4 and IPv6 mixed, by name in lower case without the last dot. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

const DEFAULT_TTL_S = 30;

/** Reads what Envoy serves at `/dns` (Kuma 2.14): `{records: [{name, ips}], ttl, …}`. The error says what is wrong with it. */
export function readNameTable(body: string): Result<NameTable, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  const { records, ttl } = (parsed ?? {}) as { readonly records?: unknown; readonly ttl?: unknown };
  if (!Array.isArray(records)) return err('it has no list of records');
  const addresses = new Map<string, readonly string[]>();
  for (const record of records as { readonly name?: unknown; readonly ips?: unknown }[]) {
    if (typeof record.name !== 'string' || !Array.isArray(record.ips)) return err('a record is not {name, ips}');
    addresses.set(canonicalName(record.name), record.ips.filter((ip) => typeof ip === 'string'));
  }
  return ok({ ttl: typeof ttl === 'number' && ttl >= 0 ? ttl : DEFAULT_TTL_S, addresses });
}

/** Names are equal whatever their case, with or without the last dot. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
