import type { Matcher_MatcherList_Predicate as Predicate } from '@weft/envoy-proto/xds/type/matcher/v3/matcher_pb.js';
import type { InboundRule } from '@weft/proxy-view';
import { confOf, objects, textOf, texts, type Conf } from '../conf.ts';
import { literalRegex } from '../literal-regex.ts';
import { agreementOf } from '../mesh-external-authorization/authorizers.ts';
import { allOf, anyOf, claim, not, requestHeader, uriSan } from '../rbac/predicates.ts';
import type { VerdictList } from '../rbac/rbac-filter.ts';

/**
 * The requests that MeshRequestPermissions permit, each named by its policy and rule (`kri_mreqp_…_rule_0`). Those that an
 * authorizer must agree to come last, so that it is asked only where nothing else permits; without that authorizer they
 * are left out.
 */
export function requestRules(rules: readonly InboundRule[], authorizers: Iterable<string>): VerdictList['rules'] {
  return [undefined, ...authorizers].flatMap((authorizer) => rules.flatMap(({ conf, origin }) => {
    const matches = objects(confOf(conf)['allow']).filter(({ authorizedBy }) => authorizedBy === authorizer).flatMap(matchPredicate);
    const name = `${origin.kri}rule_${origin.ruleIndex}${authorizer === undefined ? '' : agreementOf(authorizer)}`;
    return matches.length === 0 ? [] : [{ when: anyOf(matches), verdict: { action: 'ALLOW' as const, name } }];
  }));
}

/** Whether some rule reads the path: then the path must be in one form before it is compared. */
export function readsPath(rules: readonly InboundRule[]): boolean {
  return rules.some(({ conf }) => objects(confOf(conf)['allow']).some(({ paths }) => paths !== undefined));
}

/** A match that says nothing permits nothing, but for one that leaves all to its authorizer. */
function matchPredicate(match: Conf): Predicate[] {
  const parts = [
    ...callerOf(match),
    ...oneOf(texts(match['methods']).map((method) => requestHeader(':method', literalRegex(method)))),
    ...oneOf(objects(match['paths']).map((path) => requestHeader(':path', `${pathRegex(path)}(\\?.*)?`))),
    ...oneOf(texts(match['hosts']).map((host) => requestHeader(':authority', `(?i)${hostRegex(host)}(:\\d+)?`))),
    ...objects(match['headers']).map(headerPredicate),
    ...objects(match['claims']).map(({ provider, name, values }) => claim([textOf(provider) ?? '', ...(textOf(name) ?? '').split('.')], texts(values))),
  ];
  if (parts.length > 0) return [allOf(parts)];
  return match['authorizedBy'] === undefined ? [] : [requestHeader(':method', '.+')];
}

function oneOf(predicates: readonly Predicate[]): Predicate[] {
  return predicates.length === 0 ? [] : [anyOf(predicates)];
}

function callerOf(match: Conf): Predicate[] {
  const { type, value } = confOf(match['spiffeID']);
  return typeof value === 'string' ? [uriSan(type === 'Prefix' ? 'prefix' : 'exact', value)] : [];
}

/** `:path` holds the query too, which no path condition is about. */
function pathRegex({ type, value }: Conf): string {
  const path = textOf(value) ?? '';
  if (type === 'RegularExpression') return `(?:${path})`;
  if (type === 'Exact') return literalRegex(path);
  return path === '/' ? '/[^?]*' : `${literalRegex(path)}(/[^?]*)?`;
}

function hostRegex(host: string): string {
  return host.startsWith('*.') ? `[^:]+${literalRegex(host.slice(1))}` : literalRegex(host);
}

/** Several headers of one name are compared as one value with commas between. */
function headerPredicate(match: Conf): Predicate {
  const name = textOf(match['name']) ?? '';
  const value = textOf(match['value']) ?? '';
  switch (match['type']) {
    case 'Present': return requestHeader(name, '(?s).*');
    case 'Absent': return not(requestHeader(name, '(?s).*'));
    case 'Prefix': return requestHeader(name, `(?s)${literalRegex(value)}.*`);
    case 'RegularExpression': return requestHeader(name, value);
    default: return requestHeader(name, literalRegex(value));
  }
}
