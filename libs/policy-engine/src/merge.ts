import { canonicalJson, compareText, equalData, groupBy } from '@weft/kernel';
import type { Contribution, Origin } from './rules.ts';

type Plain = Readonly<Record<string, unknown>>;

/**
 * Merges confs in ascending precedence as JSON Merge Patches (RFC 7396): objects member by member, scalars and arrays
 * replaced, null deletes, absent members change nothing. Lists in members named `append…` are joined instead.
 */
export function mergeConfs(confs: readonly unknown[]): unknown {
  return confs.reduce<unknown>((merged, conf) => patch(merged, conf), {});
}

function patch(base: unknown, over: unknown): unknown {
  if (!isPlain(over)) return over;
  const merged: Record<string, unknown> = isPlain(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    if (value === undefined) continue;
    else if (value === null) Reflect.deleteProperty(merged, key);
    else if (key.startsWith('append') && Array.isArray(value) && Array.isArray(old)) merged[key] = [...(old as unknown[]), ...(value as unknown[])];
    else merged[key] = patch(old, value);
  }
  return merged;
}

/**
 * Merges contributions of one policy type, in ascending precedence. A list, because routes are split by host name;
 * every other type gives exactly one conf (none for no contributions).
 */
export function mergeContributions(type: string, contributions: readonly Contribution[]): readonly unknown[] {
  if (contributions.length === 0) return [];
  return type === 'MeshHTTPRoute' ? mergeRoutes(contributions) : [mergeConfs(contributions.map(({ conf }) => conf))];
}

/** A rule of a merged route, with the policy that has the last word on it. */
export interface MergedRouteRule {
  readonly matches: readonly Plain[];
  readonly default: Plain;
  readonly origin: Origin;
}

/** The conf that {@link mergeContributions} gives for MeshHTTPRoute. */
export interface MergedRouteConf {
  readonly hostnames: readonly string[];
  readonly rules: readonly MergedRouteRule[];
}

function mergeRoutes(contributions: readonly Contribution[]): readonly MergedRouteConf[] {
  const perHost = contributions.flatMap(({ conf, origin }) => {
    const { hostnames = [], rules = [] } = conf as { readonly hostnames?: readonly string[]; readonly rules?: readonly Omit<MergedRouteRule, 'origin'>[] };
    const placed = rules.map((rule) => ({ ...rule, origin }));
    return (hostnames.length === 0 ? [''] : hostnames).map((hostname) => ({ hostname, rules: placed }));
  });
  return [...groupBy(perHost, ({ hostname }) => hostname)]
    .sort(([a], [b]) => compareText(a, b))
    .map(([hostname, lists]) => ({ hostnames: hostname === '' ? [] : [hostname], rules: mergeRouteRules(lists.map(({ rules }) => rules)) }));
}

/**
 * Joins lists of rules by their matches. Lists are turned round before and after, so that rules of policies with
 * higher precedence come first while the order within a policy stays; an entry stands where it appears last.
 */
function mergeRouteRules(lists: readonly (readonly MergedRouteRule[])[]): MergedRouteRule[] {
  const byMatches = new Map<string, MergedRouteRule>();
  for (const rule of lists.flatMap((list) => [...list].reverse())) {
    const key = canonicalJson(rule.matches);
    const earlier = byMatches.get(key);
    byMatches.delete(key);
    byMatches.set(key, earlier === undefined ? { ...rule, default: mergeConfs([rule.default]) as Plain } : { ...rule, default: mergeConfs([earlier.default, rule.default]) as Plain });
  }
  return [...byMatches.values()].reverse();
}

/** Origins in merge order, each once. */
export function distinctOrigins(contributions: readonly Contribution[]): readonly Origin[] {
  const origins = contributions.map(({ origin }) => origin);
  return origins.filter((origin, at) => origins.findIndex((other) => equalData(other, origin)) === at);
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
