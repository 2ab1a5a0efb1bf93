/** Plain data as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with object keys sorted and `undefined` members left out, so that equal data gives equal text.
 * Map and Set must be turned into plain data by the caller. Linear in the input, plus the sorting of keys.
 */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Deep equality of plain data, by {@link canonicalJson}'s rules but without building text. */
export function equalData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a).filter(([, member]) => member !== undefined);
  const right = new Map(Object.entries(b).filter(([, member]) => member !== undefined));
  return left.length === right.size && left.every(([key, member]) => right.has(key) && equalData(member, right.get(key)));
}
