import type { DataplaneSpec } from '@weft/resource-model';
import type { Tags } from './virtual-outbound.ts';

const SERVICE_TAG = 'kuma.io/service';

/** Tags of the inbounds that offer a service: what names are made of. */
export function inboundTags(spec: DataplaneSpec | undefined): readonly Tags[] {
  const inbounds = (spec?.networking?.inbound ?? []).filter(({ state }) => state !== 'Ignored');
  return inbounds.flatMap(({ tags = {} }) => (tags[SERVICE_TAG] === undefined || tags[SERVICE_TAG] === '' ? [] : [tags as Tags]));
}
