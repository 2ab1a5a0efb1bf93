import type { ResourceType } from '@weft/resource-model';
import { MeshMetricSchema, type MeshMetricSpec } from './schema.ts';
import { validateMeshMetric } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshMetric: which metrics proxies and applications give, and to whom. */
export const meshMetricType: ResourceType<MeshMetricSpec> = {
  name: 'MeshMetric',
  scope: 'Mesh',
  plural: 'meshmetrics',
  cliName: 'meshmetric',
  shortName: 'mm',
  singularDisplayName: 'Mesh Metric',
  pluralDisplayName: 'Mesh Metrics',
  form: 'spec',
  schema: MeshMetricSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1500, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: true },
  validate: validateMeshMetric,
  warnings: targetRefWarnings,
};
