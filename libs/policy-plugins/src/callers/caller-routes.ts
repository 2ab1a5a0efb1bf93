import { clone, create } from '@bufbuild/protobuf';
import { stringMatcher } from '@weft/envoy-builders';
import { HeaderMatcherSchema, RouteSchema, type HeaderMatcher, type Route } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import type { InboundRule } from '@weft/proxy-view';
import { confOf, mergeConfs, textOf, type Conf } from '../conf.ts';
import { literalRegex } from '../literal-regex.ts';

/** A rule about callers with one SPIFFE id, or ids with one prefix. */
export interface CallerRule {
  readonly kind: 'exact' | 'prefix';
  readonly value: string;
  readonly conf: Conf;
}

/** The rules that name a caller. Those that name an SNI are for zone proxies: a sidecar's callers all ask for the same. */
export function callerRules(rules: readonly InboundRule[]): CallerRule[] {
  return rules.flatMap(({ match, conf }) => {
    const id = confOf(confOf(match)['spiffeID']);
    const value = textOf(id['value']);
    if (value === undefined || confOf(match)['sni'] !== undefined) return [];
    return [{ kind: id['type'] === 'Prefix' ? 'prefix' as const : 'exact' as const, value, conf: confOf(conf) }];
  });
}

/**
 * The routes with, before each, one copy per caller rule, most specific first: exact ids, then longer prefixes. A copy has
 * the confs of all rules that its callers match, the most specific last. `apply` does what a conf says.
 */
export function withCallerRoutes(routes: readonly Route[], rules: readonly CallerRule[], apply: (route: Route, conf: Conf) => void): Route[] {
  const callers = [...new Map(rules.map((rule) => [`${rule.kind} ${rule.value}`, rule])).values()].sort(bySpecificity);
  return routes.flatMap((route) => [...callers.map((caller) => callerRoute(route, caller, rules, apply)), route]);
}

function callerRoute(route: Route, caller: CallerRule, rules: readonly CallerRule[], apply: (route: Route, conf: Conf) => void): Route {
  const copy = clone(RouteSchema, route);
  copy.match?.headers.push(callerHeader(caller));
  const covering = rules.filter((rule) => covers(rule, caller)).sort((a, b) => bySpecificity(b, a));
  apply(copy, covering.reduce<Conf>((merged, rule) => mergeConfs(merged, rule.conf), {}));
  return copy;
}

/**
 * The condition that a request comes from this caller. Envoy itself writes the caller's URIs into this header before it
 * picks a route, and removes what a caller sent. (Kuma matches filter state instead, which says the same.)
 */
export function callerHeader({ kind, value }: Pick<CallerRule, 'kind' | 'value'>): HeaderMatcher {
  const end = kind === 'exact' ? '([;,].*)?' : '.*';
  return create(HeaderMatcherSchema, {
    name: 'x-forwarded-client-cert',
    headerMatchSpecifier: { case: 'stringMatch', value: stringMatcher({ kind: 'regex', value: `(.*;)?URI=${literalRegex(value)}${end}` }) },
  });
}

function covers(rule: CallerRule, caller: CallerRule): boolean {
  if (rule.kind === 'prefix') return caller.value.startsWith(rule.value);
  return caller.kind === 'exact' && caller.value === rule.value;
}

function bySpecificity(a: CallerRule, b: CallerRule): number {
  return Number(a.kind === 'prefix') - Number(b.kind === 'prefix') || b.value.length - a.value.length;
}
