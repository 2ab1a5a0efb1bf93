import { compareText } from '@weft/kernel';
import type { ZoneInsightSpec } from '@weft/resource-model';

type Incident = NonNullable<ZoneInsightSpec['incidents']>[number];

/** Incidents that are shown. */
const INCIDENTS_KEPT = 10;

/** The fields of an insight that say what is wrong, from all instances that have seen the zone; what only a stream knows, from those that live. */
export function mergeTroubles(seen: readonly ZoneInsightSpec[], live: readonly ZoneInsightSpec[]): Pick<ZoneInsightSpec, 'refused' | 'incidents'> {
  const refused = live.flatMap((spec) => spec.refused ?? []);
  const incidents = mergeIncidents(seen.flatMap((spec) => spec.incidents ?? []));
  return { ...(refused.length > 0 && { refused }), ...(incidents.length > 0 && { incidents }) };
}

/** What several instances saw of the same counts together. */
function mergeIncidents(all: readonly Incident[]): Incident[] {
  const merged = new Map<string, Incident>();
  for (const one of all) {
    const key = `${one.kind} ${one.reason}`;
    const before = merged.get(key) ?? { ...one, count: 0 };
    merged.set(key, { ...one, since: earlier(before.since, one.since), time: earlier(before.time, one.time) === one.time ? before.time : one.time, count: before.count + one.count });
  }
  return [...merged.values()].sort((a, b) => compareText(a.time, b.time)).slice(-INCIDENTS_KEPT);
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
