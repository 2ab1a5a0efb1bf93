import type { Document } from '@weft/api-client';

interface MatchedItem {
  readonly type: string;
  readonly name?: string;
  readonly matchedPolicies: Readonly<Record<string, readonly Document[]>>;
}

/** The policies of one proxy as `inspect dataplane` prints them: a part of the proxy, below it each type, below that the names in the order in which they are merged. */
export function matchedPoliciesText(answer: Document): string {
  const items = (answer['items'] ?? []) as readonly MatchedItem[];
  return items.map((item) => `${item.type.toUpperCase()}${item.name === undefined ? '' : ` ${item.name}`}:\n${typesText(item.matchedPolicies)}\n`).join('');
}

function typesText(matched: MatchedItem['matchedPolicies']): string {
  return Object.entries(matched).map(([type, policies]) => `  ${type}\n${policies.map(({ name }) => `    ${String(name)}\n`).join('')}`).join('');
}
