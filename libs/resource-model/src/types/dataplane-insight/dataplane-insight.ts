import type { ResourceType } from '../../resource-type.ts';
import { DataplaneInsightSchema, type DataplaneInsightSpec } from './schema.ts';

/** DataplaneInsight: what was seen of a proxy. Observed state: never stored, never on the feed. */
export const dataplaneInsightType: ResourceType<DataplaneInsightSpec> = {
  name: 'DataplaneInsight',
  scope: 'Mesh',
  plural: 'dataplane-insights',
  singularDisplayName: 'Dataplane Insight',
  pluralDisplayName: 'Dataplane Insights',
  form: 'inline',
  schema: DataplaneInsightSchema,
  readOnly: true,
  origin: 'none',
  feed: 'none',
};
