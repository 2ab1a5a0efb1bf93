import { ALLOWED, FORBIDDEN, instanceNamed, type Workload, type Zone } from '../shop/topology.ts';
import type { CallCounts } from '../workloads/messages.ts';

const WINDOW_MS = 5000;

interface Sample {
  readonly at: number;
  readonly ok: number;
  readonly failed: number;
  readonly latencies: readonly number[];
  readonly answeredBy: Readonly<Record<string, number>>;
}

/** One line of the table: calls of a pair over the last seconds. Rates per second, latencies in milliseconds. */
export interface TrafficRow {
  readonly from: Workload;
  readonly to: Workload;
  readonly permitted: boolean;
  readonly rate: number;
  /** 0 to 1; undefined without calls. */
  readonly success: number | undefined;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly lastFailure: string | undefined;
  /** SPIFFE id under which the target's app saw the caller; undefined for TCP. */
  readonly sawClient: string | undefined;
  /** Share of the good answers by the zone that gave them, 0 to 1. */
  readonly zones: ReadonlyMap<Zone, number>;
}

/** Calls counted since a moment. */
export interface PairTotal {
  readonly ok: number;
  readonly failed: number;
  readonly lastFailure: string | undefined;
  readonly sawClient: string | undefined;
}

/** Gathers what the workloads report: a window for the table, totals for checks. */
export class TrafficTable {
  readonly #samples = new Map<string, Sample[]>();
  readonly #totals = new Map<string, PairTotal>();

  /** Takes a report of one workload. `now` is milliseconds of a clock that does not jump. */
  add(from: Workload, calls: readonly CallCounts[], now: number = performance.now()): void {
    for (const { target, ok, failed, latencies, lastFailure, sawClient, answeredBy } of calls) {
      const key = `${from} ${target}`;
      const kept = (this.#samples.get(key) ?? []).filter((sample) => sample.at > now - WINDOW_MS);
      this.#samples.set(key, [...kept, { at: now, ok, failed, latencies, answeredBy }]);
      const total = this.total(from, target);
      this.#totals.set(key, { ok: total.ok + ok, failed: total.failed + failed, lastFailure: lastFailure ?? total.lastFailure, sawClient: sawClient ?? total.sawClient });
    }
  }

  /** Everything counted for a pair so far. */
  total(from: Workload, to: Workload): PairTotal {
    return this.#totals.get(`${from} ${to}`) ?? { ok: 0, failed: 0, lastFailure: undefined, sawClient: undefined };
  }

  /** All pairs of the shop, permitted ones first. */
  rows(now: number = performance.now()): readonly TrafficRow[] {
    return [...ALLOWED.map((pair) => [...pair, true] as const), ...FORBIDDEN.map((pair) => [...pair, false] as const)]
      .map(([from, to, permitted]) => this.#row(from, to, permitted, now));
  }

  #row(from: Workload, to: Workload, permitted: boolean, now: number): TrafficRow {
    const samples = (this.#samples.get(`${from} ${to}`) ?? []).filter((sample) => sample.at > now - WINDOW_MS);
    const ok = samples.reduce((sum, sample) => sum + sample.ok, 0);
    const all = samples.reduce((sum, sample) => sum + sample.failed, ok);
    const latencies = samples.flatMap((sample) => sample.latencies).sort((a, b) => a - b);
    return {
      from, to, permitted,
      rate: all / (WINDOW_MS / 1000),
      success: all === 0 ? undefined : ok / all,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      lastFailure: this.total(from, to).lastFailure,
      sawClient: this.total(from, to).sawClient,
      zones: zonesOf(samples),
    };
  }
}

function zonesOf(samples: readonly Sample[]): ReadonlyMap<Zone, number> {
  const counts = new Map<Zone, number>();
  for (const [instance, count] of samples.flatMap(({ answeredBy }) => Object.entries(answeredBy))) {
    const { zone } = instanceNamed(instance);
    counts.set(zone, (counts.get(zone) ?? 0) + count);
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, count]) => [zone, count / all]));
}

/** A quantile of sorted numbers by nearest rank; undefined of none. */
export function quantile(sorted: readonly number[], q: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)];
}
