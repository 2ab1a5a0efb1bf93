import type { ResourceType } from '@weft/resource-model';
import { MeshHttpRouteSchema, type MeshHttpRouteSpec } from './schema.ts';
import { validateMeshHttpRoute } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshHTTPRoute: requests of HTTP services: where they go, and what changes on the way. */
export const meshHttpRouteType: ResourceType<MeshHttpRouteSpec> = {
  name: 'MeshHTTPRoute',
  scope: 'Mesh',
  plural: 'meshhttproutes',
  cliName: 'meshhttproute',
  shortName: 'mhttpr',
  singularDisplayName: 'Mesh HTTP Route',
  pluralDisplayName: 'Mesh HTTP Routes',
  form: 'spec',
  schema: MeshHttpRouteSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 100, hasTo: true, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: false },
  validate: validateMeshHttpRoute,
  warnings: targetRefWarnings,
};
