import { equalData } from '@weft/kernel';
import type { Resource, WorkloadStatus } from '@weft/resource-model';
import type { DerivedWrite } from './derived-write.ts';
import type { MemberTally } from './member-tally.ts';

/** Marks what the generator owns. */
export const WORKLOAD_GENERATOR = 'workload-generator';

const MANAGED_BY = 'kuma.io/managed-by';

/** All that one Workload of a mesh is planned from. */
export interface WorkloadFacts {
  readonly mesh: string;
  readonly name: string;
  readonly previous: Resource<unknown, WorkloadStatus> | undefined;
  /** Proxies whose label `kuma.io/workload` is its name. */
  readonly members: MemberTally;
}

/**
 * What is to be done about the Workload of a name: one is generated for each value of the label `kuma.io/workload`, and
 * goes with its last proxy. One that a user wrote stays, with its status kept current. Source: Kuma 2.14, Universal.
 */
export function planWorkload({ mesh, name, previous, members }: WorkloadFacts): DerivedWrite | undefined {
  const key = { type: 'Workload', mesh, name };
  const owned = previous === undefined || previous.labels[MANAGED_BY] === WORKLOAD_GENERATOR;
  if (owned && members.total === 0) return previous === undefined ? undefined : { op: 'delete', key, previous, urgent: true };
  const status: WorkloadStatus = { dataplaneProxies: { connected: members.count('connected'), healthy: members.count('healthy'), total: members.total } };
  if (previous === undefined) return { op: 'put', key, previous, labels: { [MANAGED_BY]: WORKLOAD_GENERATOR }, spec: {}, status, urgent: true };
  return equalData(previous.status, status) ? undefined : { op: 'put', key, previous, labels: previous.labels, spec: previous.spec, status, urgent: false };
}
