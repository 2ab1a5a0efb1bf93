import type { Violation } from '@weft/kernel';

const KEY = /^[a-zA-Z0-9.\-_:/]*$/;
const VALUE = /^[a-zA-Z0-9.\-_:]*$/;
const SELECTOR_VALUE = /^[a-zA-Z0-9.\-_:*/]*$/;

/** Which tag sets {@link tagViolations} takes. */
export interface TagRules {
  /** `kuma.io/service` must be there. */
  readonly requireService?: boolean;
  /** Values may be `*`, or hold a slash. */
  readonly selector?: boolean;
}

/** What is wrong with a set of tags, at `path["key"]`. Texts follow Kuma 2.14. */
export function tagViolations(path: string, tags: Readonly<Record<string, string>>, rules: TagRules = {}): readonly Violation[] {
  const own = Object.entries(tags).flatMap(([key, value]) => keyAndValueProblems(key, value, rules).map((message) => ({ path: `${path}["${key}"]`, message })));
  const missing = rules.requireService === true && tags['kuma.io/service'] === undefined;
  return missing ? [...own, { path: `${path}["kuma.io/service"]`, message: 'tag has to exist' }] : own;
}

function keyAndValueProblems(key: string, value: string, { selector }: TagRules): readonly string[] {
  const problems: string[] = [];
  if (key === '') problems.push('tag name must be non-empty');
  else if (!KEY.test(key)) problems.push('tag name must consist of alphanumeric characters, dots, dashes, slashes and underscores');
  if (value === '') problems.push('tag value must be non-empty');
  else if (!(selector === true ? SELECTOR_VALUE : VALUE).test(value)) problems.push('tag value must consist of alphanumeric characters, dots, dashes and underscores');
  return problems;
}
