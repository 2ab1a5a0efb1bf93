import type { ResourceType } from '@weft/resource-model';
import { MeshLoadBalancingStrategySchema, type MeshLoadBalancingStrategySpec } from './schema.ts';
import { validateMeshLoadBalancingStrategy } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshLoadBalancingStrategy: which endpoint of a service a request goes to. */
export const meshLoadBalancingStrategyType: ResourceType<MeshLoadBalancingStrategySpec> = {
  name: 'MeshLoadBalancingStrategy',
  scope: 'Mesh',
  plural: 'meshloadbalancingstrategies',
  cliName: 'meshloadbalancingstrategy',
  shortName: 'mlbs',
  singularDisplayName: 'Mesh Load Balancing Strategy',
  pluralDisplayName: 'Mesh Load Balancing Strategies',
  form: 'spec',
  schema: MeshLoadBalancingStrategySchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 400, hasTo: true, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
  validate: validateMeshLoadBalancingStrategy,
  warnings: targetRefWarnings,
};
