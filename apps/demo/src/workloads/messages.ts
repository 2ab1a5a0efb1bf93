import type { Workload } from '../shop/topology.ts';
import type { CallOutcome } from './call-outcome.ts';

/** What a workload is told by the demo. */
export interface CallOrder {
  readonly kind: 'call';
  readonly id: number;
  readonly target: Workload;
}

/** Calls of one workload to one target since the last report. Latencies in milliseconds, of good answers. */
export interface CallCounts {
  readonly target: Workload;
  readonly ok: number;
  readonly failed: number;
  readonly latencies: readonly number[];
  /** Status of the last call that failed. */
  readonly lastFailure: string | undefined;
  /** SPIFFE id under which the target's app saw this workload in the last good answer. */
  readonly sawClient: string | undefined;
  /** Good answers by the name of the instance that gave them. */
  readonly answeredBy: Readonly<Record<string, number>>;
}

/** What a workload tells the demo: it listens; what it counted (about every 500 ms); what came of an ordered call. */
export type WorkloadMessage =
  | { readonly kind: 'listening' }
  | { readonly kind: 'report'; readonly calls: readonly CallCounts[]; readonly heldConnection: HeldConnection | undefined }
  | { readonly kind: 'called'; readonly id: number; readonly outcome: CallOutcome };

/** A connection that is kept open on purpose: how often it was opened, how often it broke, how many pings came back. */
export interface HeldConnection {
  readonly opened: number;
  readonly broken: number;
  readonly pongs: number;
}
