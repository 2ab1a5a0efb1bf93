import type { ResourceType } from '@weft/resource-model';
import { MeshPassthroughSchema, type MeshPassthroughSpec } from './schema.ts';
import { validateMeshPassthrough } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshPassthrough: which destinations outside the mesh a proxy lets through. */
export const meshPassthroughType: ResourceType<MeshPassthroughSpec> = {
  name: 'MeshPassthrough',
  scope: 'Mesh',
  plural: 'meshpassthroughs',
  cliName: 'meshpassthrough',
  shortName: 'mp',
  singularDisplayName: 'Mesh Passthrough',
  pluralDisplayName: 'Mesh Passthroughs',
  form: 'spec',
  schema: MeshPassthroughSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 500, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: true },
  validate: validateMeshPassthrough,
  warnings: targetRefWarnings,
};
