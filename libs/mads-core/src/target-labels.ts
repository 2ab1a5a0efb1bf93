import { compareText } from '@weft/kernel';
import type { DataplaneSpec } from '@weft/resource-model';

/**
 * Labels from the tags of a Dataplane: for tag `version` the labels `version` (its first value) and `versions` (all of them, as
 * `,v1,v2,`), with `_` for what a label's name cannot hold. A tag that is itself called `versions` wins. Source: Kuma 2.14.
 */
export function targetLabels({ networking }: DataplaneSpec): Readonly<Record<string, string>> {
  const values = new Map<string, Set<string>>();
  for (const { tags = {} } of [networking?.gateway ?? {}, ...networking?.inbound ?? []]) {
    for (const [tag, value] of Object.entries(tags)) values.set(tag, (values.get(tag) ?? new Set()).add(value));
  }
  const labels: Record<string, string> = {};
  for (const [tag, found] of [...values].sort(([a], [b]) => compareText(a, b))) {
    const sorted = [...found].sort(compareText);
    labels[labelName(tag)] = sorted[0] ?? '';
    labels[labelName(`${tag}s`)] = `,${sorted.join(',')},`;
  }
  return labels;
}

function labelName(text: string): string {
  return text.replace(/[^a-zA-Z0-9_]/g, '_');
}
