import { NameIndex } from '@weft/dns-server';
import { err, ok, type Result } from '@weft/kernel';

const DEFAULT_TTL_S = 30;
/** A name that is not there yet may come with the next table. */
const NEGATIVE_TTL_S = 1;
/** Domains of the mesh, whatever the control plane says. */
const OWN_DOMAINS = ['mesh', 'mesh.local'];

/** What an agent knows before it has a table: whose names it answers. */
export function emptyNames(): NameIndex {
  const names = new NameIndex({ ttl: DEFAULT_TTL_S, negativeTtl: NEGATIVE_TTL_S });
  names.setDomains(OWN_DOMAINS);
  return names;
}

/**
 * Reads what Envoy serves at `/dns` (Kuma 2.14): `{records: [{name, ips}], ttl, …}`; Weft adds `domains`, in which no other
 * names exist. The error says what is wrong with it.
 */
export function readNameTable(body: string): Result<NameIndex, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  const { records, ttl, domains } = (parsed ?? {}) as { readonly records?: unknown; readonly ttl?: unknown; readonly domains?: unknown };
  if (!Array.isArray(records)) return err('it has no list of records');
  const names = new NameIndex({ ttl: typeof ttl === 'number' && ttl >= 0 ? ttl : DEFAULT_TTL_S, negativeTtl: NEGATIVE_TTL_S });
  for (const record of records as { readonly name?: unknown; readonly ips?: unknown }[]) {
    if (typeof record.name !== 'string' || !Array.isArray(record.ips)) return err('a record is not {name, ips}');
    names.set(record.name, record.ips.filter((ip) => typeof ip === 'string'));
  }
  names.setDomains([...OWN_DOMAINS, ...(Array.isArray(domains) ? domains.filter((domain) => typeof domain === 'string') : [])]);
  return ok(names.complete());
}
