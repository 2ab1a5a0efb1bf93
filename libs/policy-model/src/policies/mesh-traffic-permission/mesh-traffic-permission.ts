import type { ResourceType } from '@weft/resource-model';
import { MeshTrafficPermissionSchema, type MeshTrafficPermissionSpec } from './schema.ts';
import { validateMeshTrafficPermission } from './validate.ts';
import { meshTrafficPermissionWarnings } from './warnings.ts';

/** MeshTrafficPermission: who may call whom. */
export const meshTrafficPermissionType: ResourceType<MeshTrafficPermissionSpec> = {
  name: 'MeshTrafficPermission',
  scope: 'Mesh',
  plural: 'meshtrafficpermissions',
  cliName: 'meshtrafficpermission',
  shortName: 'mtp',
  singularDisplayName: 'Mesh Traffic Permission',
  pluralDisplayName: 'Mesh Traffic Permissions',
  form: 'spec',
  schema: MeshTrafficPermissionSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1100, hasTo: false, hasFrom: true, hasRules: true, fromAsRules: false, singleItem: false },
  validate: validateMeshTrafficPermission,
  warnings: meshTrafficPermissionWarnings,
};
