import type { ResourceType } from '@weft/resource-model';
import { MeshTraceSchema, type MeshTraceSpec } from './schema.ts';
import { validateMeshTrace } from './validate.ts';
import { targetRefWarnings } from '../../target-ref/warnings.ts';

/** MeshTrace: where proxies send traces. */
export const meshTraceType: ResourceType<MeshTraceSpec> = {
  name: 'MeshTrace',
  scope: 'Mesh',
  plural: 'meshtraces',
  cliName: 'meshtrace',
  shortName: 'mtr',
  singularDisplayName: 'Mesh Trace',
  pluralDisplayName: 'Mesh Traces',
  form: 'spec',
  schema: MeshTraceSchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  policy: { order: 700, hasTo: false, hasFrom: false, hasRules: false, fromAsRules: false, singleItem: true },
  validate: validateMeshTrace,
  warnings: targetRefWarnings,
};
