import type { Catalog } from './catalog.ts';
import { SERVICE_TAG } from './labels.ts';
import { comparePolicies } from './order.ts';
import type { Policy, PolicyEntry } from './policy.ts';
import { buildResourceRules, type ResourceRules } from './resource-rules.ts';
import type { SubsetRule } from './rules.ts';
import type { RouteLookup } from './select-proxy.ts';
import { subsetOf } from './subset-of.ts';
import { buildSubsetRules, type SubsetItem } from './subset-rules.ts';

/** Tag by which rules of a policy about a route are told from those of the service. */
export const ROUTE_TAG = '__rule-matches-hash__';

/** Rules of one policy type for the outbounds of a proxy: by tags, and by real resource. */
export interface ToRules {
  readonly legacy: readonly SubsetRule[];
  readonly resources: ResourceRules;
}

/** What rules of `to` depend on beside the policies. */
export interface ToRulesContext {
  readonly catalog: Catalog;
  readonly routes: RouteLookup;
  /** Name of the Envoy routes made from one rule's matches. */
  readonly matchesHash: (matches: readonly Readonly<Record<string, unknown>>[]) => string;
}

/** Rules of `to` from the policies that match a proxy, in any order. */
export function buildToRules(type: string, policies: readonly Policy[], context: ToRulesContext): ToRules {
  const items = [...policies].sort(comparePolicies).flatMap((policy) => policy.to.flatMap((entry) => itemsOf(policy, entry, context)));
  return { legacy: buildSubsetRules(type, items, false), resources: buildResourceRules(type, policies, context.catalog) };
}

function itemsOf(policy: Policy, entry: PolicyEntry, context: ToRulesContext): SubsetItem[] {
  const subset = subsetOf(entry.targetRef);
  const origin = { resource: policy.key, kri: policy.kri, ruleIndex: entry.index };
  if (subset === undefined) return [];
  const blanket = policy.targetRef.kind === 'Mesh' && entry.targetRef.kind === 'Mesh';
  if (policy.targetRef.kind !== 'MeshHTTPRoute') return [{ subset, conf: entry.conf, origin, blanket, ...(entry.legacy !== undefined && { legacy: entry.legacy }) }];
  return routeSubsets(policy, context).map((route) => ({ subset: { ...subset, ...route }, conf: entry.conf, origin }));
}

/** One subset per rule of the route that the policy is about. */
function routeSubsets(policy: Policy, { routes, matchesHash }: ToRulesContext): Readonly<Record<string, string>>[] {
  return (routes(policy.targetRef.name ?? '')?.to ?? []).flatMap(({ targetRef, conf }) => {
    const rules = (conf as { readonly rules?: readonly { readonly matches: readonly Readonly<Record<string, unknown>>[] }[] }).rules ?? [];
    const service: Readonly<Record<string, string>> = targetRef.kind === 'Mesh' || targetRef.kind === 'MeshSubset' ? {} : { [SERVICE_TAG]: targetRef.name ?? '' };
    return rules.map(({ matches }) => ({ ...service, [ROUTE_TAG]: matchesHash(matches) }));
  });
}
