import type { ResourceType } from '@weft/resource-model';
import { MeshRetrySchema, type MeshRetrySpec } from './schema.ts';
import { validateMeshRetry } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshRetry: retries of requests and connection attempts. */
export const meshRetryType: ResourceType<MeshRetrySpec> = {
  name: 'MeshRetry',
  scope: 'Mesh',
  plural: 'meshretries',
  cliName: 'meshretry',
  shortName: 'mr',
  singularDisplayName: 'Mesh Retry',
  pluralDisplayName: 'Mesh Retries',
  form: 'spec',
  schema: MeshRetrySchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1400, hasTo: true, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
  validate: validateMeshRetry,
  warnings: targetRefWarnings,
};
