import { object, opt, uint32, type Static } from '../../schema/fields.ts';

/** Spec of Workload: nothing, its name says it all. Source: Kuma 2.14. */
export const WorkloadSchema = object({});

/** Status of Workload, written by the control plane; zeros are shown. */
export const WorkloadStatusSchema = object({
  dataplaneProxies: opt(object({ connected: opt(uint32()), healthy: opt(uint32()), total: opt(uint32()) })),
});

/** Spec of Workload. */
export type WorkloadSpec = Readonly<Record<string, never>>;
/** Status of Workload. */
export type WorkloadStatus = Static<typeof WorkloadStatusSchema>;
