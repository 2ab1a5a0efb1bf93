import type { ResourceType } from '@weft/resource-model';
import { MeshAccessLogSchema, type MeshAccessLogSpec } from './schema.ts';
import { validateMeshAccessLog } from './validate.ts';
import { inboundPolicyWarnings } from '../../target-ref/warnings.ts';

/** MeshAccessLog: where proxies log their requests and connections. */
export const meshAccessLogType: ResourceType<MeshAccessLogSpec> = {
  name: 'MeshAccessLog',
  scope: 'Mesh',
  plural: 'meshaccesslogs',
  cliName: 'meshaccesslog',
  shortName: 'mal',
  singularDisplayName: 'Mesh Access Log',
  pluralDisplayName: 'Mesh Access Logs',
  form: 'spec',
  schema: MeshAccessLogSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 600, hasTo: true, hasFrom: true, hasRules: true, fromAsRules: true, singleItem: false },
  validate: validateMeshAccessLog,
  warnings: inboundPolicyWarnings,
};
