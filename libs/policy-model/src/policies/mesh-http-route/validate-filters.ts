import type { Violation } from '@weft/kernel';
import { isDnsSubdomain, isIp } from '@weft/resource-model';
import { decimalPercentage } from '../../rules/values.ts';
import { backendRefViolations } from '../../target-ref/backend-ref.ts';
import type { HttpFilter, HttpMatch } from './schema.ts';

/** Where a filter stands. */
export interface FilterPlace {
  readonly path: string;
  /** Matches of the filter's rule. */
  readonly matches: readonly HttpMatch[];
  /** The policy is about a MeshGateway. */
  readonly gateway: boolean;
}

/** Rules of one filter: the block of its type, and what stands in it. */
export function filterViolations(filter: HttpFilter, place: FilterPlace): readonly Violation[] {
  const { path } = place;
  switch (filter.type) {
    case 'RequestHeaderModifier': return inBlock(filter.requestHeaderModifier, `${path}.requestHeaderModifier`, headerModifierViolations);
    case 'ResponseHeaderModifier': return inBlock(filter.responseHeaderModifier, `${path}.responseHeaderModifier`, headerModifierViolations);
    case 'RequestRedirect':
      return inBlock(filter.requestRedirect, `${path}.requestRedirect`, (redirect, at) => [...hostnameViolations(redirect.hostname, at), ...prefixViolations(redirect.path, at, place.matches)]);
    case 'URLRewrite':
      return inBlock(filter.urlRewrite, `${path}.urlRewrite`, (rewrite, at) => [
        ...hostnameViolations(rewrite.hostname, at),
        ...prefixViolations(rewrite.path, at, place.matches),
        ...backendHostnameViolations(rewrite, at, place.gateway),
      ]);
    case 'RequestMirror':
      return inBlock(filter.requestMirror, `${path}.requestMirror`, (mirror, at) => [
        ...decimalPercentage(`${at}.percentage`, mirror.percentage),
        ...backendRefViolations(mirror.backendRef, { path: `${at}.backendRef`, kinds: ['MeshService', 'MeshServiceSubset'] }),
      ]);
  }
}

function inBlock<T>(block: T | undefined, path: string, violations: (block: T, path: string) => readonly Violation[]): readonly Violation[] {
  return block === undefined ? [{ path, message: 'must be defined' }] : violations(block, path);
}

type HeaderModifier = NonNullable<HttpFilter['requestHeaderModifier']>;
type UrlRewrite = NonNullable<HttpFilter['urlRewrite']>;

function headerModifierViolations({ set = [], add = [], remove = [] }: HeaderModifier, path: string): readonly Violation[] {
  if (set.length + add.length + remove.length === 0) return [{ path, message: 'must have at least one defined: set, add, remove' }];
  const named = [
    ...set.map(({ name }, index) => ({ name, at: `${path}.set[${index}].name` })),
    ...add.map(({ name }, index) => ({ name, at: `${path}.add[${index}].name` })),
    ...remove.map((name, index) => ({ name, at: `${path}.remove[${index}]` })),
  ];
  const seen = new Set<string>();
  return named.flatMap(({ name, at }) => {
    const key = name.toLowerCase();
    if (seen.has(key)) return [{ path: at, message: 'duplicate header name' }];
    seen.add(key);
    return [];
  });
}

function hostnameViolations(hostname: string | undefined, path: string): readonly Violation[] {
  if (hostname === undefined) return [];
  if (isIp(hostname)) return [{ path: `${path}.hostname`, message: 'cannot be an IP address' }];
  return isDnsSubdomain(hostname)
    ? []
    : [{ path: `${path}.hostname`, message: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character" }];
}

function prefixViolations(rewrite: UrlRewrite['path'], path: string, matches: readonly HttpMatch[]): readonly Violation[] {
  if (rewrite === undefined) return [];
  const field = rewrite.type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch';
  if (rewrite[field] === undefined) return [{ path: `${path}.path.${field}`, message: 'must be defined' }];
  const allPrefixes = matches.every((match) => match.path?.type === 'PathPrefix');
  return field === 'replacePrefixMatch' && !allPrefixes ? [{ path: `${path}.path.replacePrefixMatch`, message: 'can only appear if all matches match a path prefix' }] : [];
}

function backendHostnameViolations({ hostname, hostToBackendHostname }: UrlRewrite, path: string, gateway: boolean): readonly Violation[] {
  if (hostToBackendHostname !== true) return [];
  const at = `${path}.hostToBackendHostname`;
  return [
    ...(gateway ? [] : [{ path: at, message: 'can only be set with MeshGateway' }]),
    ...(hostname === undefined ? [] : [{ path: at, message: 'cannot be set together with hostname' }]),
  ];
}
