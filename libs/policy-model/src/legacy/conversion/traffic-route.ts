import { plain, plains, present, textOf, type Conversion, type ConvertedPart, type Plain } from './conversion.ts';

const SERVICE = 'kuma.io/service';
/** A destination that is whatever service the request was for. */
export const SAME_SERVICE = '*';

/** TrafficRoute: MeshHTTPRoute for HTTP, MeshTCPRoute for the rest, and MeshLoadBalancingStrategy for its load balancer. */
export function convertTrafficRoute(conf: Plain): Conversion {
  const notes: string[] = [];
  const main = backends(conf);
  const rules = [...plains(conf['http']).flatMap((route, index) => httpRule(route, `conf.http[${index}]`, notes)), { matches: [{ path: { type: 'PathPrefix', value: '/' } }], default: main }];
  const balancer = loadBalancer(plain(conf['loadBalancer']));
  const parts: ConvertedPart[] = [
    { type: 'MeshHTTPRoute', place: 'to', conf: { rules } },
    ...(main['backendRefs'] === undefined ? [] : [{ type: 'MeshTCPRoute', place: 'to' as const, conf: { rules: [{ default: main }] } }]),
    ...(balancer === undefined ? [] : [{ type: 'MeshLoadBalancingStrategy', place: 'to' as const, conf: { loadBalancer: balancer } }]),
  ];
  return { parts, notes };
}

/** A rule of which a condition cannot be said would take requests that it does not mean: it is left out. */
function httpRule(route: Plain, path: string, notes: string[]): Plain[] {
  const { method } = plain(route['match']);
  if (method !== undefined && plain(method)['exact'] === undefined) {
    notes.push(`${path}: only an exact method can be matched, the rule is dropped`);
    return [];
  }
  const filters = filtersOf(plain(route['modify']), `${path}.modify`, notes);
  return [{ matches: [matchOf(plain(route['match']))], default: { ...(filters.length > 0 && { filters }), ...backends(route) } }];
}

function matchOf({ method, path, headers }: Plain): Plain {
  const { exact } = plain(method);
  const conditions = Object.entries(plain(headers)).map(([name, matcher]) => ({ name: name.toLowerCase(), ...stringMatch(plain(matcher), 'Prefix') }));
  return {
    path: path === undefined ? { type: 'PathPrefix', value: '/' } : stringMatch(plain(path), 'PathPrefix'),
    ...(typeof exact === 'string' && { method: exact }),
    ...(conditions.length > 0 && { headers: conditions }),
  };
}

function stringMatch({ prefix, exact, regex }: Plain, prefixType: 'Prefix' | 'PathPrefix'): { type: string; value: string } {
  if (typeof exact === 'string') return { type: 'Exact', value: exact };
  if (typeof regex === 'string') return { type: 'RegularExpression', value: regex };
  return { type: prefixType, value: textOf(prefix) ?? (prefixType === 'PathPrefix' ? '/' : '') };
}

function filtersOf(modify: Plain, at: string, notes: string[]): Plain[] {
  const { rewritePrefix, regex } = plain(modify['path']);
  const { value: hostname, fromPath } = plain(modify['host']);
  if (regex !== undefined) notes.push(`${at}.path.regex: a path cannot be rewritten by a regular expression, it is dropped`);
  if (fromPath !== undefined) notes.push(`${at}.host.fromPath: a host cannot be made of a path, it is dropped`);
  const rewrite = present({ hostname, path: rewritePrefix === undefined ? undefined : { type: 'ReplacePrefixMatch', replacePrefixMatch: rewritePrefix } });
  const request = headers(plain(modify['requestHeaders']));
  const response = headers(plain(modify['responseHeaders']));
  return [
    ...(request === undefined ? [] : [{ type: 'RequestHeaderModifier', requestHeaderModifier: request }]),
    ...(response === undefined ? [] : [{ type: 'ResponseHeaderModifier', responseHeaderModifier: response }]),
    ...(rewrite === undefined ? [] : [{ type: 'URLRewrite', urlRewrite: rewrite }]),
  ];
}

function headers({ add, remove }: Plain): Plain | undefined {
  const named = plains(add).map(({ name, value, append }) => ({ append: append === true, name: String(name).toLowerCase(), value }));
  const of = (append: boolean): readonly Plain[] | undefined => {
    const found = named.filter((header) => header.append === append).map(({ name, value }) => ({ name, value }));
    return found.length === 0 ? undefined : found;
  };
  const removed = plains(remove).map(({ name }) => String(name).toLowerCase());
  return present({ set: of(false), add: of(true), remove: removed.length === 0 ? undefined : removed });
}

/** `backendRefs` of a split or a destination; nothing where that is just the service itself. */
function backends({ split, destination }: Plain): Plain {
  const shares = split === undefined ? [{ destination }] : plains(split);
  const refs = shares.map(({ weight, destination: tags }) => backendRef(plain(tags), weight));
  const [only] = refs;
  if (refs.length === 1 && only?.['kind'] === 'MeshService' && only['name'] === SAME_SERVICE) return {};
  return { backendRefs: refs };
}

function backendRef({ [SERVICE]: name = SAME_SERVICE, ...tags }: Plain, weight: unknown): Plain {
  const subset = Object.keys(tags).length > 0;
  return { kind: subset ? 'MeshServiceSubset' : 'MeshService', name, ...(subset && { tags }), ...(weight !== undefined && { weight }) };
}

function loadBalancer({ leastRequest, ringHash, random, maglev, roundRobin }: Plain): Plain | undefined {
  if (roundRobin !== undefined) return { type: 'RoundRobin' };
  if (random !== undefined) return { type: 'Random' };
  if (maglev !== undefined) return { type: 'Maglev' };
  if (leastRequest !== undefined) return { type: 'LeastRequest', leastRequest };
  if (ringHash === undefined) return undefined;
  const { hashFunction, ...sizes } = plain(ringHash);
  return { type: 'RingHash', ringHash: { ...sizes, ...(hashFunction !== undefined && { hashFunction: hashFunction === 'MURMUR_HASH_2' ? 'MurmurHash2' : 'XXHash' }) } };
}
