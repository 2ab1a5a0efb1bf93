import type { ResourceType } from '../../resource-type.ts';
import { MeshServiceSchema, type MeshServiceSpec } from './schema.ts';
import { validateMeshService } from './validate.ts';

/** MeshService: proxies selected as one destination, with ports. */
export const meshServiceType: ResourceType<MeshServiceSpec> = {
  name: 'MeshService',
  scope: 'Mesh',
  plural: 'meshservices',
  cliName: 'meshservice',
  shortName: 'msvc',
  singularDisplayName: 'Mesh Service',
  pluralDisplayName: 'Mesh Services',
  form: 'spec',
  schema: MeshServiceSchema,
  origin: 'zone',
  feed: 'full',
  validate: validateMeshService,
};
