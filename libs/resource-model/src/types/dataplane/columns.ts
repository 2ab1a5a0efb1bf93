import { compareText } from '@weft/kernel';
import type { Column } from '../../resource-type.ts';
import type { DataplaneSpec } from './schema.ts';

/** Columns of `weftctl get dataplanes`: TAGS (`k=v1,v2 k2=v`, over all inbounds) and ADDRESS (the advertised one first). */
export const DATAPLANE_COLUMNS: readonly Column[] = [
  { header: 'TAGS', value: (document) => formatTags((document as DataplaneSpec).networking) },
  { header: 'ADDRESS', value: (document) => addressOf((document as DataplaneSpec).networking) },
];

function formatTags(networking: DataplaneSpec['networking']): string {
  const sets = networking?.gateway === undefined ? (networking?.inbound ?? []) : [networking.gateway];
  const values = new Map<string, Set<string>>();
  for (const { tags = {} } of sets) for (const [key, value] of Object.entries(tags)) values.set(key, (values.get(key) ?? new Set()).add(value));
  return [...values]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, set]) => `${key}=${[...set].sort(compareText).join(',')}`)
    .join(' ');
}

function addressOf(networking: DataplaneSpec['networking']): string {
  return networking?.advertisedAddress ?? networking?.address ?? '';
}
