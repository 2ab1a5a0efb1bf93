import type { ResourceType } from '@weft/resource-model';
import { MeshRequestAuthenticationSchema, type MeshRequestAuthenticationSpec } from './schema.ts';
import { validateMeshRequestAuthentication } from './validate.ts';

/** MeshRequestAuthentication: whose JSON Web Tokens are accepted, and how they are verified. */
export const meshRequestAuthenticationType: ResourceType<MeshRequestAuthenticationSpec> = {
  name: 'MeshRequestAuthentication',
  scope: 'Mesh',
  plural: 'meshrequestauthentications',
  cliName: 'meshrequestauthentication',
  shortName: 'mreqa',
  singularDisplayName: 'Mesh Request Authentication',
  pluralDisplayName: 'Mesh Request Authentications',
  form: 'spec',
  schema: MeshRequestAuthenticationSchema,
  strict: true,
  weftOnly: true,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1140, hasTo: false, hasFrom: false, hasRules: true, fromAsRules: false, singleItem: false },
  validate: validateMeshRequestAuthentication,
};
