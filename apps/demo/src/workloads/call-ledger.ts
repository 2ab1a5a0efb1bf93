import type { Workload } from '../shop/topology.ts';
import type { CallOutcome } from './call-outcome.ts';
import type { CallCounts } from './messages.ts';

interface Entry {
  ok: number;
  failed: number;
  latencies: number[];
  lastFailure: string | undefined;
  sawClient: string | undefined;
  answeredBy: Record<string, number>;
}

/** Counts calls by target until they are reported. */
export class CallLedger {
  #entries = new Map<Workload, Entry>();

  record(target: Workload, outcome: CallOutcome): void {
    const entry = this.#entries.get(target) ?? { ok: 0, failed: 0, latencies: [], lastFailure: undefined, sawClient: undefined, answeredBy: {} };
    this.#entries.set(target, entry);
    if (outcome.ok) {
      entry.ok += 1;
      entry.latencies.push(outcome.ms);
      entry.sawClient = outcome.sawClient;
      const { instance } = outcome;
      if (instance !== undefined) entry.answeredBy[instance] = (entry.answeredBy[instance] ?? 0) + 1;
    } else {
      entry.failed += 1;
      entry.lastFailure = outcome.status;
    }
  }

  /** What was counted since the last call of this. */
  take(): readonly CallCounts[] {
    const taken = [...this.#entries].map(([target, entry]) => ({ target, ...entry }));
    this.#entries = new Map();
    return taken;
  }
}
