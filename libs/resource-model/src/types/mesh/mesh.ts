import type { ResourceType } from '../../resource-type.ts';
import { MESH_COLUMNS } from './columns.ts';
import { MeshSchema, type MeshSpec } from './schema.ts';
import { validateMesh } from './validate.ts';

/** Mesh: mTLS, networking and defaults of one service mesh. */
export const meshType: ResourceType<MeshSpec> = {
  name: 'Mesh',
  scope: 'Global',
  plural: 'meshes',
  cliName: 'mesh',
  shortName: 'm',
  singularDisplayName: 'Mesh',
  pluralDisplayName: 'Meshes',
  form: 'inline',
  schema: MeshSchema,
  origin: 'global',
  federated: true,
  feed: 'full',
  columns: MESH_COLUMNS,
  validate: validateMesh,
};
