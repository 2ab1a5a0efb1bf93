import { buildInboundRules, buildToRules, findResourceRule, withSection, type MergedRouteConf, type MergedRouteRule, type ResourceRule, type ResourceRules } from '@weft/policy-engine';
import { inspectedConf, type RouteMatches } from './inspected-conf.ts';
import { originKris, toRulesContext, wholeConf, type InspectedProxy, type InspectedType } from './inspected-proxy.ts';
import { inboundKris, proxyLayout, resourceOutbounds, type ResourceOutbound } from './proxy-layout.ts';

/** KRIs of policies. */
type Origins = readonly { readonly kri: string }[];

/** What policies of one type say of the proxy as a whole; `conf` is an object. Of an outbound or a route, `conf` is a list with one element. */
export interface AppliedPolicy {
  readonly kind: string;
  readonly conf: unknown;
  readonly origins: Origins;
}

/** What policies of one type say of an inbound: a rule per match, not merged with each other. */
export interface AppliedRules {
  readonly kind: string;
  readonly rules: readonly { readonly kri: string; readonly conf: unknown; readonly matches?: RouteMatches }[];
  readonly origins: Origins;
}

/** Routes of one type: each with the policy that supplied its matches; of TCP routes neither is known. */
export interface AppliedRoutes {
  readonly kind: string;
  readonly rules: readonly { readonly kri: string; readonly conf: unknown; readonly matches: RouteMatches | null }[];
  readonly origins: Origins;
}

/** Types whose conf is where traffic goes. */
const ROUTE_TYPES: readonly string[] = ['MeshHTTPRoute', 'MeshTCPRoute'];

/** Answer of `_policies`: policies about the proxy as a whole. */
export function proxyPolicies(proxy: InspectedProxy): readonly AppliedPolicy[] {
  return proxy.types.flatMap((type) => {
    const conf = wholeConf(type);
    return conf === undefined ? [] : [{ conf, kind: type.name, origins: originKris(type.policies) }];
  });
}

/** Answer of `_inbounds/{kri}/_policies`; undefined where the proxy has no such inbound, or listener of a zone proxy. */
export function inboundPolicies(proxy: InspectedProxy, kri: string): readonly AppliedRules[] | undefined {
  const inbound = inboundKris(proxy).find((candidate) => candidate.kri === kri);
  const listener = proxyLayout(proxy).listeners.findIndex((candidate) => candidate.kri === kri);
  if (inbound === undefined && listener < 0) return undefined;
  return proxy.types.flatMap(({ name, perInbound, perListener }) => {
    const rules = buildInboundRules((inbound === undefined ? perListener[listener] : perInbound[inbound.index]) ?? []);
    return rules.length === 0 ? [] : [{
      kind: name, origins: originKris(rules.map(({ origin }) => origin)),
      rules: rules.map(({ conf, match, origin }) => ({ conf, kri: origin.kri, ...(match && { matches: [match] }) })),
    }];
  });
}

/** Answer of `_outbounds/{kri}/_policies`; undefined where the proxy has no such outbound. */
export function outboundPolicies(proxy: InspectedProxy, kri: string): readonly AppliedPolicy[] | undefined {
  const outbound = outboundOf(proxy, kri);
  return outbound && applied(proxy, (rules) => findResourceRule(rules, place(outbound)));
}

/** Answer of `_outbounds/{kri}/_routes`; undefined where the proxy has no such outbound. */
export function outboundRoutes(proxy: InspectedProxy, kri: string): readonly AppliedRoutes[] | undefined {
  const outbound = outboundOf(proxy, kri);
  return outbound && proxy.types.filter(({ name }) => ROUTE_TYPES.includes(name)).flatMap((type): AppliedRoutes[] => {
    const rule = findResourceRule(rulesOf(proxy, type), place(outbound));
    return rule === undefined ? [] : [{ kind: type.name, origins: originKris(rule.origins), rules: rule.conf.flatMap((conf) => routeRules(type.name, conf)) }];
  });
}

/** Answer of `_outbounds/{kri}/_routes/{route}/_policies`; undefined where the proxy has no such outbound, or this no such route. */
export function routePolicies(proxy: InspectedProxy, kri: string, route: string): readonly AppliedPolicy[] | undefined {
  const outbound = outboundOf(proxy, kri);
  const known = outboundRoutes(proxy, kri)?.some(({ origins }) => origins.some((origin) => origin.kri === withSection(route, '')));
  return outbound === undefined || known !== true ? undefined : applied(proxy, (rules) => findResourceRule(rules, { ...place(outbound), route: withSection(route, '') }));
}

function outboundOf(proxy: InspectedProxy, kri: string): ResourceOutbound | undefined {
  return resourceOutbounds(proxy).find(({ target }) => target.kri === kri);
}

function place({ target }: ResourceOutbound): { readonly kri: string; readonly section: string } {
  return { kri: target.kri, section: target.sectionName };
}

function rulesOf(proxy: InspectedProxy, { name, policies }: InspectedType): ResourceRules {
  return buildToRules(name, policies, toRulesContext(proxy)).resources;
}

function applied(proxy: InspectedProxy, find: (rules: ResourceRules) => ResourceRule | undefined): readonly AppliedPolicy[] {
  return proxy.types.filter(({ name }) => !ROUTE_TYPES.includes(name)).flatMap((type) => {
    const rule = find(rulesOf(proxy, type));
    return rule === undefined ? [] : [{ conf: rule.conf.map((conf) => inspectedConf(type.name, conf)), kind: type.name, origins: originKris(rule.origins) }];
  });
}

function routeRules(type: string, conf: unknown): AppliedRoutes['rules'] {
  if (type === 'MeshTCPRoute') return ((conf as { readonly rules?: readonly { readonly default?: unknown }[] }).rules ?? []).map((rule) => ({ conf: rule.default ?? {}, kri: '', matches: null }));
  return (conf as MergedRouteConf).rules.map((rule: MergedRouteRule) => ({ conf: rule.default, kri: rule.origin.kri, matches: rule.matches }));
}
