import type { ResourceType } from '@weft/resource-model';
import { MeshRequestPermissionSchema, type MeshRequestPermissionSpec } from './schema.ts';
import { validateMeshRequestPermission } from './validate.ts';

/** MeshRequestPermission: which requests are permitted beside what MeshTrafficPermission permits, by caller, method, path, host and headers. */
export const meshRequestPermissionType: ResourceType<MeshRequestPermissionSpec> = {
  name: 'MeshRequestPermission',
  scope: 'Mesh',
  plural: 'meshrequestpermissions',
  cliName: 'meshrequestpermission',
  shortName: 'mreqp',
  singularDisplayName: 'Mesh Request Permission',
  pluralDisplayName: 'Mesh Request Permissions',
  form: 'spec',
  schema: MeshRequestPermissionSchema,
  strict: true,
  weftOnly: true,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 1150, hasTo: false, hasFrom: false, hasRules: true, fromAsRules: false, singleItem: false },
  validate: validateMeshRequestPermission,
};
