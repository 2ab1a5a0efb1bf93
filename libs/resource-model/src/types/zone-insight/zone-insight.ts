import type { ResourceType } from '../../resource-type.ts';
import { ZoneInsightSchema, type ZoneInsightSpec } from './schema.ts';

/** ZoneInsight: connections of a zone's control plane. Observed state. */
export const zoneInsightType: ResourceType<ZoneInsightSpec> = {
  name: 'ZoneInsight',
  scope: 'Global',
  plural: 'zone-insights',
  singularDisplayName: 'Zone Insight',
  pluralDisplayName: 'Zone Insights',
  form: 'inline',
  schema: ZoneInsightSchema,
  readOnly: true,
  origin: 'none',
  feed: 'none',
};
