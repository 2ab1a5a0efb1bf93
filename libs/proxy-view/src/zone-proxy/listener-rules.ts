import type { InboundPolicyRules } from '../proxy-view.ts';
import type { InboundRule } from '../rules.ts';

/**
 * The rules of a listener for one of its ways, which clients ask for by these names (lower case): rules about other names are left out, those
 * about its own come last, as if they were about nothing but the rest of their match. So a rule about a name goes over one about everything.
 */
export function rulesOfWay(rules: Readonly<Record<string, InboundPolicyRules>>, serverNames: readonly string[]): Readonly<Record<string, InboundPolicyRules>> {
  return Object.fromEntries(Object.entries(rules).map(([type, { inbound, from }]) => {
    const plain = inbound.filter(({ match }) => match?.['sni'] === undefined);
    return [type, { inbound: [...plain, ...inbound.flatMap((rule) => namedRule(rule, serverNames))], from }];
  }));
}

function namedRule({ match, ...rule }: InboundRule, serverNames: readonly string[]): InboundRule[] {
  const { sni, ...rest } = (match ?? {}) as { readonly sni?: { readonly value?: string } };
  if (sni?.value === undefined || !serverNames.includes(sni.value.toLowerCase())) return [];
  return [{ ...rule, match: Object.keys(rest).length === 0 ? undefined : rest }];
}
