import type { Origin, SubsetRule, SubsetTag } from '@weft/proxy-view';
import type { Matcher_MatcherList_Predicate as Predicate } from '@weft/envoy-proto/xds/type/matcher/v3/matcher_pb.js';
import { confOf } from '../conf.ts';
import { allOf, not, uriSan } from '../rbac/predicates.ts';
import { DEFAULT_DENIAL, type Decision, type Verdict, type VerdictList } from '../rbac/rbac-filter.ts';

/** The decision of `from` entries: the first rule that contains the caller decides, and is named. */
export function fromDecision(rules: readonly SubsetRule[], mesh: string): Decision {
  const shadowed = rules.some((rule) => actionOf(rule) === 'AllowWithShadowDeny');
  return {
    enforced: verdicts(rules, mesh, (rule) => ({ action: actionOf(rule) === 'Deny' ? 'DENY' : 'ALLOW', name: nameOf(rule.origins) }), DEFAULT_DENIAL),
    // Counts only what would be denied beyond what already is.
    shadow: shadowed ? verdicts(rules, mesh, (rule) => ({ action: actionOf(rule) === 'AllowWithShadowDeny' ? 'DENY' : 'ALLOW', name: nameOf(rule.origins) }), { action: 'ALLOW', name: 'default' }) : undefined,
    readsSni: false,
  };
}

/** A rule about everyone ends the list: nothing after it can decide. */
function verdicts(rules: readonly SubsetRule[], mesh: string, verdictOf: (rule: SubsetRule) => Verdict, none: Verdict): VerdictList {
  const end = rules.findIndex(({ subset }) => subset.length === 0);
  const last = end < 0 ? undefined : rules[end];
  return {
    rules: (end < 0 ? rules : rules.slice(0, end)).map((rule) => ({ when: allOf(rule.subset.map((tag) => tagPredicate(tag, mesh))), verdict: verdictOf(rule) })),
    otherwise: last === undefined ? none : verdictOf(last),
  };
}

function tagPredicate({ key, value, not: negated }: SubsetTag, mesh: string): Predicate {
  // Selectors of the first generation may say that a tag is to be there, with whatever value.
  const uri = key === 'kuma.io/service' ? uriSan('exact', `spiffe://${mesh}/${value}`) : value === '*' ? uriSan('prefix', `kuma://${key}/`) : uriSan('exact', `kuma://${key}/${value}`);
  return negated ? not(uri) : uri;
}

/** The entry that has the last word: KRI of its policy, with the entry as section (`…_from_0`). */
function nameOf(origins: readonly Origin[]): string {
  const origin = origins.at(-1);
  return origin === undefined ? 'default' : `${origin.kri}from_${origin.ruleIndex}`;
}

function actionOf(rule: SubsetRule): unknown {
  return confOf(rule.conf)['action'];
}
