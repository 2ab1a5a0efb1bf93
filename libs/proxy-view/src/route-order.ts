type Match = Readonly<Record<string, unknown>>;

const PATH_RANK: Readonly<Record<string, number>> = { Exact: 0, PathPrefix: 1, RegularExpression: 2 };
const NO_PATH = 3;

/** Order of matches, most specific first: by path, then with a method, then with more headers, then with more query parameters. */
export function compareRouteMatches(a: Match, b: Match): number {
  return comparePaths(a, b) || Number(b['method'] !== undefined) - Number(a['method'] !== undefined)
    || size(b['headers']) - size(a['headers']) || size(b['queryParams']) - size(a['queryParams']);
}

/** Exact paths first, then prefixes and expressions, longer ones first. */
function comparePaths(a: Match, b: Match): number {
  const [left, right] = [pathOf(a), pathOf(b)];
  const byKind = rank(left?.type) - rank(right?.type);
  return byKind !== 0 || left?.type === 'Exact' ? byKind : (right?.value.length ?? 0) - (left?.value.length ?? 0);
}

function pathOf(match: Match): { readonly type: string; readonly value: string } | undefined {
  return match['path'] as { readonly type: string; readonly value: string } | undefined;
}

function rank(type: string | undefined): number {
  return type === undefined ? NO_PATH : PATH_RANK[type] ?? NO_PATH;
}

function size(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
