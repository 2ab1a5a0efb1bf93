import type { InboundRule } from '@weft/proxy-view';
import { callerMatch } from '../callers/caller-match.ts';
import { confOf, objects, type Conf } from '../conf.ts';
import { anyOf } from '../rbac/predicates.ts';
import { DEFAULT_DENIAL, type Decision, type Verdict, type VerdictList } from '../rbac/rbac-filter.ts';

type MatchList = 'deny' | 'allow' | 'allowWithShadowDeny';

/** The decision of `rules`: every denial before every permission, whatever the policies' precedence. Named by the policy's KRI, as in Kuma. */
export function rulesDecision(rules: readonly InboundRule[]): Decision {
  const shadowed = rules.some((rule) => matchesOf(rule, 'allowWithShadowDeny').length > 0);
  return {
    enforced: { rules: [...entries(rules, ['deny'], 'DENY'), ...entries(rules, ['allow', 'allowWithShadowDeny'], 'ALLOW')], otherwise: DEFAULT_DENIAL },
    shadow: shadowed ? { rules: entries(rules, ['allowWithShadowDeny'], 'DENY'), otherwise: DEFAULT_DENIAL } : undefined,
    readsSni: rules.some((rule) => (['deny', 'allow', 'allowWithShadowDeny'] as const).some((list) => matchesOf(rule, list).some(({ sni }) => sni !== undefined))),
  };
}

function entries(rules: readonly InboundRule[], lists: readonly MatchList[], action: Verdict['action']): VerdictList['rules'] {
  return rules.flatMap((rule) => {
    const matches = lists.flatMap((list) => matchesOf(rule, list)).flatMap((match) => callerMatch(match) ?? []);
    return matches.length === 0 ? [] : [{ when: anyOf(matches), verdict: { action, name: rule.origin.kri } }];
  });
}

function matchesOf(rule: InboundRule, list: MatchList): Conf[] {
  return objects(confOf(rule.conf)[list]);
}
