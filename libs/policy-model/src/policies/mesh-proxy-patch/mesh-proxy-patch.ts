import type { ResourceType } from '@weft/resource-model';
import { MeshProxyPatchSchema, type MeshProxyPatchSpec } from './schema.ts';
import { validateMeshProxyPatch } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshProxyPatch: changes of Envoy's configuration itself. */
export const meshProxyPatchType: ResourceType<MeshProxyPatchSpec> = {
  name: 'MeshProxyPatch',
  scope: 'Mesh',
  plural: 'meshproxypatches',
  cliName: 'meshproxypatch',
  shortName: 'mpp',
  singularDisplayName: 'Mesh Proxy Patch',
  pluralDisplayName: 'Mesh Proxy Patches',
  form: 'spec',
  schema: MeshProxyPatchSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 9999, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: true },
  validate: validateMeshProxyPatch,
  warnings: targetRefWarnings,
};
