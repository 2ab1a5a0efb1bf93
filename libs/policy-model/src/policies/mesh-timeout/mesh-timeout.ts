import type { ResourceType } from '@weft/resource-model';
import { MeshTimeoutSchema, type MeshTimeoutSpec } from './schema.ts';
import { validateMeshTimeout } from './validate.ts';
import { inboundPolicyWarnings } from '../../target-ref/warnings.ts';

/** MeshTimeout: timeouts of connections, requests and streams. */
export const meshTimeoutType: ResourceType<MeshTimeoutSpec> = {
  name: 'MeshTimeout',
  scope: 'Mesh',
  plural: 'meshtimeouts',
  cliName: 'meshtimeout',
  shortName: 'mt',
  singularDisplayName: 'Mesh Timeout',
  pluralDisplayName: 'Mesh Timeouts',
  form: 'spec',
  schema: MeshTimeoutSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1000, hasTo: true, hasFrom: true, hasRules: true, fromAsRules: true, singleItem: false },
  validate: validateMeshTimeout,
  warnings: inboundPolicyWarnings,
};
