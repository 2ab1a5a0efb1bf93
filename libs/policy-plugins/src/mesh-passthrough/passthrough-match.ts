import { compareText } from '@weft/kernel';
import { numberOf, objects, textOf, type Conf } from '../conf.ts';

/** Protocols of passthrough, in the order of their chains. */
const PROTOCOLS = ['tls', 'mysql', 'tcp', 'http', 'http2', 'grpc'] as const;
/** A protocol that MeshPassthrough tells apart. */
export type PassthroughProtocol = (typeof PROTOCOLS)[number];

/** Kinds of values, most specific first. */
const KINDS = ['IPv6', 'IPv4', 'CIDRv6', 'CIDRv4', 'Domain', 'WildcardDomain'] as const;

/** One destination outside the mesh that may be reached. */
export interface PassthroughMatch {
  readonly protocol: PassthroughProtocol;
  readonly kind: (typeof KINDS)[number];
  /** A domain (`*.suffix` and `*` too), an address, or a range. */
  readonly value: string;
  /** Undefined: any port that no other match names. */
  readonly port: number | undefined;
}

/** True for what is read as HTTP. */
export function isHttpMatch({ protocol }: Pick<PassthroughMatch, 'protocol'>): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}

/**
 * The matches of a merged MeshPassthrough in the order of their chains, each once. Envoy looks at the port first: a match
 * without a port therefore stands once more for every port that another one names. Throws where one port is to be two
 * kinds of HTTP, which cannot be told apart.
 */
export function passthroughMatches(conf: Conf): readonly PassthroughMatch[] {
  const given = objects(conf['appendMatch']).map(read);
  const ports = new Set(given.flatMap(({ port }) => port ?? []));
  const all = given.flatMap((match) => (match.port === undefined ? [match, ...[...ports].map((port) => ({ ...match, port }))] : [match]));
  const distinct = [...new Map(all.map((match) => [matchName(match), match])).values()];
  refuseMixedPorts(distinct);
  return distinct.sort(compare);
}

/** Name of a match's chain and cluster. */
export function matchName({ protocol, value, port }: Pick<PassthroughMatch, 'protocol' | 'value' | 'port'>): string {
  return `meshpassthrough_${protocol}_${value}_${port ?? '*'}`;
}

function read(match: Conf): PassthroughMatch {
  const value = textOf(match['value']) ?? '';
  const protocol = PROTOCOLS.find((known) => known === match['protocol']) ?? 'tcp';
  return { protocol, kind: kindOf(match['type'], value), value, port: numberOf(match['port']) };
}

function kindOf(type: unknown, value: string): PassthroughMatch['kind'] {
  const v6 = value.includes(':');
  if (type === 'IP') return v6 ? 'IPv6' : 'IPv4';
  if (type === 'CIDR') return v6 ? 'CIDRv6' : 'CIDRv4';
  return value.startsWith('*') ? 'WildcardDomain' : 'Domain';
}

function refuseMixedPorts(matches: readonly PassthroughMatch[]): void {
  for (const match of matches.filter(isHttpMatch)) {
    const other = matches.find((candidate) => isHttpMatch(candidate) && candidate.port === match.port && candidate.protocol !== match.protocol);
    if (other !== undefined) throw new Error(`MeshPassthrough: port ${match.port ?? 'any'} is to be ${match.protocol} for ${match.value} and ${other.protocol} for ${other.value}: one port can have one of http, http2, grpc`);
  }
}

function compare(a: PassthroughMatch, b: PassthroughMatch): number {
  return rank(a) - rank(b) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (b.port ?? 0) - (a.port ?? 0) || specificity(b) - specificity(a) || compareText(a.value, b.value);
}

/** TLS and MySQL stand together. */
function rank({ protocol }: PassthroughMatch): number {
  return Math.max(PROTOCOLS.indexOf(protocol), PROTOCOLS.indexOf('mysql'));
}

/** Domains by their labels, ranges by their prefixes. */
function specificity({ kind, value }: PassthroughMatch): number {
  if (kind === 'CIDRv4' || kind === 'CIDRv6') return Number(value.split('/')[1]);
  return value.split('.').length;
}
