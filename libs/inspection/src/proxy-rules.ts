import { matchesHash } from '@weft/envoy-builders';
import { compareText, sortedBy } from '@weft/kernel';
import { buildFromRules, buildInboundRules, buildToRules, type Policy, type SubsetRule, type SubsetTag, type ToRules } from '@weft/policy-engine';
import { inspectedConf, type RouteMatches } from './inspected-conf.ts';
import { originMeta, originMetas, toRulesContext, wholeConf, type InspectedProxy, type InspectedType, type Meta } from './inspected-proxy.ts';
import { missingTargets } from './missing-targets.ts';
import { resourceRules, type InspectedResourceRule } from './resource-rules.ts';

/** Answer of `_rules`: the rules of a proxy, each with the policies that it was merged from. */
export interface ProxyRules {
  readonly resource: Meta;
  /** Matches of routes by the hash that stands for them in matchers, sorted by it. */
  readonly httpMatches: readonly { readonly hash: string; readonly match: RouteMatches }[];
  /** One entry per policy type that has rules for the proxy, in the order in which types take effect. */
  readonly rules: readonly TypeRules[];
}

/** Rules of one policy type. */
export interface TypeRules {
  readonly type: string;
  /** References of its policies that lead nowhere. */
  readonly warnings: readonly string[];
  /** Of types that are about the proxy as a whole. */
  readonly proxyRule?: { readonly conf: unknown; readonly origin: readonly Meta[] };
  readonly toRules: readonly MatchedRule[];
  readonly toResourceRules: readonly InspectedResourceRule[];
  readonly fromRules: readonly { readonly inbound: InspectedInbound; readonly rules: readonly MatchedRule[] }[];
  readonly inboundRules: readonly { readonly inbound: InspectedInbound; readonly rules: readonly InspectedInboundRule[] }[];
}

/** A rule by tags of the other side. */
export interface MatchedRule {
  readonly conf: unknown;
  readonly matchers: readonly SubsetTag[];
  readonly origin: readonly Meta[];
}

/** A rule of an inbound: one match of one policy; nothing is merged. */
export interface InspectedInboundRule {
  readonly conf: readonly unknown[];
  readonly match?: Readonly<Record<string, unknown>>;
  readonly origin: readonly { readonly resourceMeta: Meta; readonly ruleIndex: number }[];
}

/** An inbound, or a listener of a zone proxy, as rules name it. */
export interface InspectedInbound {
  readonly name?: string;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** The rules of a proxy. Rules by tags of destinations are left out where the mesh knows only real services. */
export function proxyRules(proxy: InspectedProxy): ProxyRules {
  const { resource } = proxy.known.entry;
  const byType = proxy.types.map((type) => ({ type, to: buildToRules(type.name, type.policies, toRulesContext(proxy)) }));
  return {
    resource: { labels: resource.labels, mesh: resource.mesh, name: resource.name, type: resource.type },
    httpMatches: httpMatchesOf(proxy),
    rules: byType.map(({ type, to }) => typeRules(proxy, type, to)).filter(hasRules),
  };
}

/** The rules of `from` by tags of the clients, of every policy that has `from`: also where the proxy reads that as rules of its inbounds. */
export function fromRules(type: string, policies: readonly Policy[]): readonly SubsetRule[] {
  return buildFromRules(type, policies.map((policy) => ({ ...policy, traits: { ...policy.traits, fromAsRules: false } })));
}

function typeRules(proxy: InspectedProxy, type: InspectedType, to: ToRules): TypeRules {
  const exclusive = proxy.known.meshView.meshServicesMode === 'Exclusive';
  const single = singleRule(proxy, type);
  return {
    fromRules: perInbound(proxy, type, (policies) => fromRules(type.name, policies).map((rule) => matched(proxy, type.name, rule))),
    inboundRules: perInbound(proxy, type, (policies) => inboundRules(proxy, policies)),
    ...(single && { proxyRule: single }),
    toResourceRules: resourceRules(proxy, type.name, to.resources),
    toRules: exclusive ? [] : to.legacy.map((rule) => matched(proxy, type.name, rule)),
    type: type.name,
    warnings: missingTargets(proxy, type.policies),
  };
}

function singleRule(proxy: InspectedProxy, type: InspectedType): TypeRules['proxyRule'] {
  const conf = wholeConf(type);
  return conf === undefined ? undefined : { conf, origin: type.policies.map((policy) => originMeta(proxy, { resource: policy.key, kri: policy.kri, ruleIndex: 0 })) };
}

function perInbound<R>({ known: { entry } }: InspectedProxy, type: InspectedType, rulesOf: (policies: readonly Policy[]) => readonly R[]): readonly { readonly inbound: InspectedInbound; readonly rules: readonly R[] }[] {
  const all = entry.subject.inbounds.map(({ name, port, tags }, index) => ({
    inbound: { ...(name !== undefined && name !== '' && { name }), port, tags: entry.subject.gateway?.tags ?? tags },
    rules: rulesOf(type.perInbound[index] ?? []),
  }));
  const listeners = (entry.subject.listeners ?? []).map(({ name, port }, index) => ({ inbound: { ...(name !== undefined && name !== '' && { name }), port, tags: {} }, rules: rulesOf(type.perListener[index] ?? []) }));
  return [...all, ...listeners].filter(({ rules }) => rules.length > 0).sort((a, b) => a.inbound.port - b.inbound.port);
}

function inboundRules(proxy: InspectedProxy, policies: readonly Policy[]): readonly InspectedInboundRule[] {
  return buildInboundRules(policies).map(({ conf, match, origin }) => ({
    conf: [conf], ...(match && { match }), origin: [{ resourceMeta: originMeta(proxy, origin), ruleIndex: origin.ruleIndex }],
  }));
}

function matched(proxy: InspectedProxy, type: string, { conf, subset, origins }: SubsetRule): MatchedRule {
  return { conf: inspectedConf(type, conf), matchers: subset, origin: originMetas(proxy, origins) };
}

function hasRules({ fromRules: from, inboundRules: inbound, proxyRule, toResourceRules, toRules }: TypeRules): boolean {
  return proxyRule !== undefined || [from, inbound, toResourceRules, toRules].some((list) => list.length > 0);
}

/** Matches of every route that selects the proxy or that a policy of its is about. */
function httpMatchesOf({ types, known: { mesh } }: InspectedProxy): ProxyRules['httpMatches'] {
  const targeted = types.flatMap(({ policies }) => policies.flatMap(({ targetRef }) => (targetRef.kind === 'MeshHTTPRoute' ? mesh.route(targetRef.name ?? '') ?? [] : [])));
  const routes = [...(types.find(({ name }) => name === 'MeshHTTPRoute')?.policies ?? []), ...targeted];
  const matches = routes.flatMap(({ to }) => to.flatMap(({ conf }) => ((conf as { readonly rules?: readonly { readonly matches: RouteMatches }[] }).rules ?? []).map((rule) => rule.matches)));
  const byHash = new Map(matches.map((match) => [matchesHash(match), match]));
  return sortedBy(byHash, ([hash]) => hash).map(([hash, match]) => ({ hash, match }));
}

/** Tags as text by key, with `!` before values that are excluded. */
export function subsetText(subset: readonly SubsetTag[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...subset].sort((a, b) => compareText(a.key, b.key)).map(({ key, value, not }) => [key, not ? `!${value}` : value]));
}
