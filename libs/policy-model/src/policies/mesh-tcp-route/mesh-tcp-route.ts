import type { ResourceType } from '@weft/resource-model';
import { MeshTcpRouteSchema, type MeshTcpRouteSpec } from './schema.ts';
import { validateMeshTcpRoute } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshTCPRoute: where connections of TCP services go. */
export const meshTcpRouteType: ResourceType<MeshTcpRouteSpec> = {
  name: 'MeshTCPRoute',
  scope: 'Mesh',
  plural: 'meshtcproutes',
  cliName: 'meshtcproute',
  shortName: 'mtcpr',
  singularDisplayName: 'Mesh TCP Route',
  pluralDisplayName: 'Mesh TCP Routes',
  form: 'spec',
  schema: MeshTcpRouteSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 200, hasTo: true, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
  validate: validateMeshTcpRoute,
  warnings: targetRefWarnings,
};
