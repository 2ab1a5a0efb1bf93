import type { ResourceType } from '@weft/resource-model';
import { MeshRateLimitSchema, type MeshRateLimitSpec } from './schema.ts';
import { validateMeshRateLimit } from './validate.ts';
import { inboundPolicyWarnings } from '../../target-ref/warnings.ts';

/** MeshRateLimit: how many requests or connections a proxy takes. */
export const meshRateLimitType: ResourceType<MeshRateLimitSpec> = {
  name: 'MeshRateLimit',
  scope: 'Mesh',
  plural: 'meshratelimits',
  cliName: 'meshratelimit',
  shortName: 'mrl',
  singularDisplayName: 'Mesh Rate Limit',
  pluralDisplayName: 'Mesh Rate Limits',
  form: 'spec',
  schema: MeshRateLimitSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 900, hasTo: true, hasFrom: true, hasRules: true, fromAsRules: true, singleItem: false },
  validate: validateMeshRateLimit,
  warnings: inboundPolicyWarnings,
};
