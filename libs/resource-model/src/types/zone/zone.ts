import type { ResourceType } from '../../resource-type.ts';
import { ZoneSchema, type ZoneSpec } from './schema.ts';

/** Zone: one deployment with a control plane of its own. */
export const zoneType: ResourceType<ZoneSpec> = {
  name: 'Zone',
  scope: 'Global',
  plural: 'zones',
  cliName: 'zone',
  shortName: 'z',
  singularDisplayName: 'Zone',
  pluralDisplayName: 'Zones',
  form: 'inline',
  schema: ZoneSchema,
  origin: 'both',
  feed: 'full',
};
