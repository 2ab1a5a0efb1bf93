import type { Document } from '@weft/api-client';
import { deep } from '../checks/check.ts';
import { named } from './service-lines.ts';

/** From `_rules` of a proxy: for each type of policy, which policies its rules come from; then what is wrong with their references. */
export function rulesLines(rules: Document | undefined): readonly string[] {
  const types = list(deep(rules, 'rules'));
  return [
    ...types.map((type) => `Its ${String(deep(type, 'type'))} comes from ${named(originsOf(type))}.`),
    ...types.flatMap((type) => list(deep(type, 'warnings')).map((warning) => `Mind that ${String(warning)}.`)),
  ];
}

/** What `_rules` of a proxy says is wrong with the references of one policy. */
export function referenceLines(rules: Document | undefined, policy: { readonly type: string; readonly name: string }): readonly string[] {
  const warnings = list(deep(rules, 'rules')).flatMap((type) => list(deep(type, 'warnings')).map(String));
  return warnings.filter((warning) => warning.includes(` of ${policy.type} "${policy.name}" `)).map((warning) => `Mind that ${warning}.`);
}

/** Names of all policies that some rule of a type came from, in the order in which they appear. */
function originsOf(type: unknown): readonly string[] {
  const rules = [
    deep(type, 'proxyRule'), ...list(deep(type, 'toRules')), ...list(deep(type, 'toResourceRules')),
    ...[...list(deep(type, 'fromRules')), ...list(deep(type, 'inboundRules'))].flatMap((inbound) => list(deep(inbound, 'rules'))),
  ];
  return [...new Set(rules.flatMap((rule) => list(deep(rule, 'origin'))).map((origin) => String(deep(origin, 'resourceMeta', 'name') ?? deep(origin, 'name'))))];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
