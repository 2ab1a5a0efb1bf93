import type { ResourceType } from '@weft/resource-model';
import { MeshCircuitBreakerSchema, type MeshCircuitBreakerSpec } from './schema.ts';
import { validateMeshCircuitBreaker } from './validate.ts';
import { inboundPolicyWarnings } from '../../target-ref/warnings.ts';

/** MeshCircuitBreaker: connection limits and outlier detection. */
export const meshCircuitBreakerType: ResourceType<MeshCircuitBreakerSpec> = {
  name: 'MeshCircuitBreaker',
  scope: 'Mesh',
  plural: 'meshcircuitbreakers',
  cliName: 'meshcircuitbreaker',
  shortName: 'mcb',
  singularDisplayName: 'Mesh Circuit Breaker',
  pluralDisplayName: 'Mesh Circuit Breakers',
  form: 'spec',
  schema: MeshCircuitBreakerSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1300, hasTo: true, hasFrom: true, hasRules: true, fromAsRules: true, singleItem: false },
  validate: validateMeshCircuitBreaker,
  warnings: inboundPolicyWarnings,
};
