import type { ResourceType } from '../../resource-type.ts';
import { DATAPLANE_COLUMNS } from './columns.ts';
import { DataplaneSchema, type DataplaneSpec } from './schema.ts';
import { validateDataplane } from './validate.ts';

/** Dataplane: one proxy, what it serves and what it reaches. */
export const dataplaneType: ResourceType<DataplaneSpec> = {
  name: 'Dataplane',
  scope: 'Mesh',
  plural: 'dataplanes',
  cliName: 'dataplane',
  shortName: 'dp',
  singularDisplayName: 'Dataplane',
  pluralDisplayName: 'Dataplanes',
  form: 'inline',
  schema: DataplaneSchema,
  origin: 'zone',
  feed: 'full',
  columns: DATAPLANE_COLUMNS,
  validate: validateDataplane,
};
