import { compareInboundEntries, compareMatches, comparePolicies } from './order.ts';
import type { Policy } from './policy.ts';
import type { InboundRule, SubsetRule } from './rules.ts';
import { buildSubsetRules, type SubsetItem } from './subset-rules.ts';
import { subsetOf } from './subset-of.ts';

/**
 * Rules of one policy type for one inbound, from the policies that select this inbound. A policy gives its `rules`, or
 * its `from` where the type reads that as rules. One rule per match, most specific first; nothing is merged.
 */
export function buildInboundRules(policies: readonly Policy[]): readonly InboundRule[] {
  return policies
    .flatMap((policy) => entriesOf(policy).map((entry) => ({ policy, entry })))
    .sort(compareInboundEntries)
    .flatMap(({ policy, entry }) => (entry.matches ?? [undefined]).map((match) => ({
      match, conf: entry.conf, origin: { resource: policy.key, kri: policy.kri, ruleIndex: entry.index },
    })))
    .sort((a, b) => compareMatches(a.match, b.match));
}

/** Rules of `from` by the tag-subset engine, for the types that do not read it as rules. */
export function buildFromRules(type: string, policies: readonly Policy[]): readonly SubsetRule[] {
  const items = [...policies].sort(comparePolicies).flatMap((policy) => (policy.traits.fromAsRules ? [] : policy.from.flatMap((entry): SubsetItem[] => {
    const subset = subsetOf(entry.targetRef);
    return subset === undefined ? [] : [{ subset, conf: entry.conf, origin: { resource: policy.key, kri: policy.kri, ruleIndex: entry.index } }];
  })));
  return buildSubsetRules(type, items, true);
}

function entriesOf(policy: Policy): readonly { readonly matches?: readonly Readonly<Record<string, unknown>>[] | undefined; readonly conf: unknown; readonly index: number }[] {
  if (policy.rules.length > 0) return policy.rules;
  return policy.traits.fromAsRules ? policy.from : [];
}
