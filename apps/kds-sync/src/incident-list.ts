import type { ZoneInsightSpec } from '@weft/resource-model';

/** What went wrong with the connection of a zone, as ZoneInsight has it. Times are RFC 3339. */
export type Incident = NonNullable<ZoneInsightSpec['incidents']>[number];

/** Different ones that are kept; the same again is counted. */
const KEPT = 10;

/** What went wrong lately, each kind and reason once. */
export class IncidentList {
  readonly #incidents = new Map<string, Incident>();

  /** It happened, once more or for the first time. `time` as RFC 3339. */
  note({ kind, reason }: Pick<Incident, 'kind' | 'reason'>, time: string): void {
    const key = `${kind} ${reason}`;
    const before = this.#incidents.get(key);
    this.#incidents.delete(key);
    this.#incidents.set(key, { kind, reason, since: before?.since ?? time, time, count: (before?.count ?? 0) + 1 });
    const [oldest] = this.#incidents.keys();
    if (this.#incidents.size > KEPT && oldest !== undefined) this.#incidents.delete(oldest);
  }

  /** As ZoneInsight has them, newest last. */
  toSpec(): readonly Incident[] {
    return [...this.#incidents.values()];
  }
}
