import type { ResourceType } from '../../resource-type.ts';
import { WorkloadSchema, type WorkloadSpec } from './schema.ts';

/** Workload: the proxies that carry the same label `kuma.io/workload`, which is its name. */
export const workloadType: ResourceType<WorkloadSpec> = {
  name: 'Workload',
  scope: 'Mesh',
  plural: 'workloads',
  cliName: 'workload',
  shortName: 'wl',
  singularDisplayName: 'Workload',
  pluralDisplayName: 'Workloads',
  form: 'spec',
  schema: WorkloadSchema,
  origin: 'zone',
  feed: 'full',
};
