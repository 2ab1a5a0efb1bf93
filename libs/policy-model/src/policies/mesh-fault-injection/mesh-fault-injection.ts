import type { ResourceType } from '@weft/resource-model';
import { MeshFaultInjectionSchema, type MeshFaultInjectionSpec } from './schema.ts';
import { validateMeshFaultInjection } from './validate.ts';
import { inboundPolicyWarnings } from '../../target-ref/warnings.ts';

/** MeshFaultInjection: faults that proxies make on purpose. */
export const meshFaultInjectionType: ResourceType<MeshFaultInjectionSpec> = {
  name: 'MeshFaultInjection',
  scope: 'Mesh',
  plural: 'meshfaultinjections',
  cliName: 'meshfaultinjection',
  shortName: 'mfi',
  singularDisplayName: 'Mesh Fault Injection',
  pluralDisplayName: 'Mesh Fault Injections',
  form: 'spec',
  schema: MeshFaultInjectionSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 800, hasTo: true, hasFrom: true, hasRules: true, fromAsRules: false, singleItem: false },
  validate: validateMeshFaultInjection,
  warnings: inboundPolicyWarnings,
};
