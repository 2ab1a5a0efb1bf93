import type { ResourceType } from '@weft/resource-model';
import { MeshHealthCheckSchema, type MeshHealthCheckSpec } from './schema.ts';
import { validateMeshHealthCheck } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshHealthCheck: probes that proxies send to the endpoints of a service. */
export const meshHealthCheckType: ResourceType<MeshHealthCheckSpec> = {
  name: 'MeshHealthCheck',
  scope: 'Mesh',
  plural: 'meshhealthchecks',
  cliName: 'meshhealthcheck',
  shortName: 'mhc',
  singularDisplayName: 'Mesh Health Check',
  pluralDisplayName: 'Mesh Health Checks',
  form: 'spec',
  schema: MeshHealthCheckSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1200, hasTo: true, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
  validate: validateMeshHealthCheck,
  warnings: targetRefWarnings,
};
