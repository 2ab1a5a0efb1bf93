import { compareText } from '@weft/kernel';

type Tags = Readonly<Record<string, string>>;

/** How precise selectors are: tags with a value, then tags that only have to be there. Of two equal ones the newer wins, then the smaller name. */
export interface LegacyRank {
  readonly exact: number;
  readonly present: number;
  readonly creationTime: string;
  readonly name: string;
}

/** Counts of one selector. */
export type Precision = Pick<LegacyRank, 'exact' | 'present'>;

const ANY = '*';

/** Whether a selector of the first generation selects something with these tags: `*` stands for any value. */
export function selectsLegacy(selector: Tags, tags: Tags): boolean {
  return Object.entries(selector).every(([key, value]) => tags[key] !== undefined && (value === ANY || value === tags[key]));
}

/** How precise a selector is. */
export function precisionOf(selector: Tags): Precision {
  const values = Object.values(selector);
  const present = values.filter((value) => value === ANY).length;
  return { exact: values.length - present, present };
}

/** The most precise of the selectors that select one of these; undefined where none does. */
export function bestPrecision(selectors: readonly Tags[], subjects: readonly Tags[]): Precision | undefined {
  return selectors.filter((selector) => subjects.some((tags) => selectsLegacy(selector, tags))).map(precisionOf).sort(comparePrecision).at(-1);
}

/** Ascending. */
export function comparePrecision(a: Precision, b: Precision): number {
  return a.exact - b.exact || a.present - b.present;
}

/** Ascending: the last one wins. */
export function compareRanks(a: LegacyRank, b: LegacyRank): number {
  return comparePrecision(a, b) || compareText(a.creationTime, b.creationTime) || compareText(b.name, a.name);
}
