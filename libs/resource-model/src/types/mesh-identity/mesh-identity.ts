import type { ResourceType } from '../../resource-type.ts';
import { MeshIdentitySchema, type MeshIdentitySpec } from './schema.ts';
import { validateMeshIdentity } from './validate.ts';

/** MeshIdentity: which SPIFFE ids the selected proxies have, and who issues their certificates. */
export const meshIdentityType: ResourceType<MeshIdentitySpec> = {
  name: 'MeshIdentity',
  scope: 'Mesh',
  plural: 'meshidentities',
  cliName: 'meshidentity',
  shortName: 'mid',
  singularDisplayName: 'Mesh Identity',
  pluralDisplayName: 'Mesh Identities',
  form: 'spec',
  schema: MeshIdentitySchema,
  origin: 'both',
  feed: 'full',
  federated: true,
  validate: validateMeshIdentity,
};
