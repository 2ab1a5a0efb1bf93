import { compareText, groupBy, canonicalJson } from '@weft/kernel';
import { maximalCliques } from './cliques.ts';
import { effective } from './legacy/effective.ts';
import { distinctOrigins, mergeContributions } from './merge.ts';
import type { Contribution, SubsetRule, SubsetTag } from './rules.ts';

type Tags = Readonly<Record<string, string>>;

/** One entry for the tag-subset engine: whom it is about, and its conf. */
export interface SubsetItem extends Contribution {
  readonly subset: Tags;
}

/**
 * The rules of the tag-subset engine from items in ascending precedence, most positive tags first: the first that
 * contains an element decides. With `negation`, or where items use several tag keys, every combination of tags that
 * may occur together gets a rule of its own; otherwise each distinct subset does.
 */
export function buildSubsetRules(type: string, items: readonly SubsetItem[], negation: boolean): readonly SubsetRule[] {
  const keys = new Set(items.flatMap(({ subset }) => Object.keys(subset)));
  const subsets = negation || keys.size > 1 ? combinations(items) : distinct(items.map(({ subset }) => positives(subset)));
  return subsets
    .flatMap((subset) => ruleFor(type, subset, items))
    .sort((a, b) => positiveCount(b.subset) - positiveCount(a.subset));
}

/** The first rule that contains the element, if any. */
export function findSubsetRule(rules: readonly SubsetRule[], element: Tags): SubsetRule | undefined {
  return rules.find(({ subset }) => subset.every(({ key, value, not }) => (element[key] === value) !== not));
}

function ruleFor(type: string, subset: readonly SubsetTag[], items: readonly SubsetItem[]): SubsetRule[] {
  const relevant = effective(items.filter((item) => Object.entries(item.subset).every(([key, value]) => subset.some((tag) => tag.key === key && tag.value === value && !tag.not))));
  const [conf] = mergeContributions(type, relevant);
  return relevant.length === 0 ? [] : [{ subset, conf, origins: distinctOrigins(relevant) }];
}

function combinations(items: readonly SubsetItem[]): readonly (readonly SubsetTag[])[] {
  return groupsOf(items).flatMap((group) => {
    const tags = distinct(group.map(({ subset }) => positives(subset))).flat();
    const byKey = [...groupBy(tags, ({ key }) => key)].sort(([a], [b]) => compareText(a, b));
    return byKey.reduce<readonly (readonly SubsetTag[])[]>((made, [, values]) => made.flatMap((head) => choices(values).map((choice) => [...head, ...choice])), [[]]);
  });
}

/** One value of the key, or none of them. */
function choices(tags: readonly SubsetTag[]): readonly (readonly SubsetTag[])[] {
  const sorted = distinct(tags).sort((a, b) => compareText(a.value, b.value));
  return [...sorted.map((tag) => [tag]), sorted.map((tag) => ({ ...tag, not: true }))];
}

/** Items that may concern one element together. */
function groupsOf(items: readonly SubsetItem[]): readonly (readonly SubsetItem[])[] {
  const overlaps = (a: SubsetItem | undefined, b: SubsetItem | undefined): boolean =>
    Object.entries(a?.subset ?? {}).every(([key, value]) => (b?.subset[key] ?? value) === value);
  return [...maximalCliques(items.length, (a, b) => overlaps(items[a], items[b]))]
    .sort((a, b) => compareText(b.join(':'), a.join(':')))
    .map((nodes) => items.filter((_, index) => nodes.includes(index)));
}

function positives(subset: Tags): readonly SubsetTag[] {
  return Object.keys(subset).sort(compareText).map((key) => ({ key, value: subset[key] ?? '', not: false }));
}

function positiveCount(subset: readonly SubsetTag[]): number {
  return subset.filter(({ not }) => !not).length;
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}
