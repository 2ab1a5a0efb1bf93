import type { ResourceType } from '@weft/resource-model';
import { MeshExternalAuthorizationSchema, type MeshExternalAuthorizationSpec } from './schema.ts';
import { validateMeshExternalAuthorization } from './validate.ts';

/** MeshExternalAuthorization: servers that can be asked whether a request is permitted. */
export const meshExternalAuthorizationType: ResourceType<MeshExternalAuthorizationSpec> = {
  name: 'MeshExternalAuthorization',
  scope: 'Mesh',
  plural: 'meshexternalauthorizations',
  cliName: 'meshexternalauthorization',
  shortName: 'mexta',
  singularDisplayName: 'Mesh External Authorization',
  pluralDisplayName: 'Mesh External Authorizations',
  form: 'spec',
  schema: MeshExternalAuthorizationSchema,
  strict: true,
  weftOnly: true,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1160, hasTo: false, hasFrom: false, hasRules: true, fromAsRules: false, singleItem: false },
  validate: validateMeshExternalAuthorization,
};
