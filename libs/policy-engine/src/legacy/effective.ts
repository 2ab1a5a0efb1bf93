import type { Contribution } from '../rules.ts';
import { compareRanks } from './legacy-rank.ts';

/**
 * What counts of contributions in ascending precedence. Of those of the first generation only the most precise one does,
 * since these replace each other; and it counts only where the present policies have said nothing but what is for the
 * whole mesh (as the policies that every new mesh gets), over which it then goes.
 */
export function effective<Item extends Contribution>(contributions: readonly Item[]): readonly Item[] {
  const ranked = contributions.flatMap((item) => (item.legacy === undefined ? [] : [{ item, rank: item.legacy }]));
  const chosen = ranked.sort((a, b) => compareRanks(a.rank, b.rank)).at(-1);
  if (chosen === undefined) return contributions;
  const present = contributions.filter(({ legacy }) => legacy === undefined);
  return present.every(({ blanket }) => blanket === true) ? [...present, chosen.item] : present;
}
