import { groupBy, sortedBy } from '@weft/kernel';
import type { DataplaneEntry } from '@weft/mesh-index';

/** All tags of a proxy's inbounds, or of it as a gateway, by key; keys and values sorted, each value once. */
export function proxyTags({ subject }: Pick<DataplaneEntry, 'subject'>): Readonly<Record<string, readonly string[]>> {
  const all = [...subject.inbounds.map(({ tags }) => tags), ...(subject.gateway === undefined ? [] : [subject.gateway.tags])];
  const byKey = groupBy(all.flatMap((tags) => Object.entries(tags)), ([key]) => key);
  return Object.fromEntries(sortedBy(byKey, ([key]) => key).map(([key, pairs]) => [key, [...new Set(pairs.map(([, value]) => value))].sort()]));
}
