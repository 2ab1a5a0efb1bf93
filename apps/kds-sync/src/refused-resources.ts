import type { ZoneInsightSpec } from '@weft/resource-model';

/** Why a control plane refuses resources of a type, as ZoneInsight has it. Times are RFC 3339. */
export type RefusedOfType = NonNullable<ZoneInsightSpec['refused']>[number];

interface Refusal {
  readonly time: string;
  readonly message: string;
}

/** Names that are told of one type; the words of a NACK name the resource anyway. */
const NAMES_TOLD = 10;

/** What one side refuses now of what the other one sends, and why. */
export class RefusedResources {
  /** By type, then wire name. */
  readonly #types = new Map<string, Map<string, Refusal>>();

  /** These are refused, for all that is known any of them. */
  add(type: string, names: Iterable<string>, refusal: Refusal): void {
    const refused = this.#types.get(type) ?? new Map<string, Refusal>();
    this.#types.set(type, refused);
    for (const name of names) refused.set(name, refusal);
  }

  /** Exactly these of a type are refused from now on; what was so before keeps its time. */
  set(type: string, reasons: ReadonlyMap<string, string>, time: string): void {
    const before = this.#types.get(type);
    const now = new Map([...reasons].map(([name, message]) => [name, before?.get(name)?.message === message ? before.get(name) ?? { time, message } : { time, message }]));
    if (now.size === 0) this.#types.delete(type);
    else this.#types.set(type, now);
  }

  /** These were taken. */
  remove(type: string, names: Iterable<string>): void {
    const refused = this.#types.get(type);
    if (refused === undefined) return;
    for (const name of names) refused.delete(name);
    if (refused.size === 0) this.#types.delete(type);
  }

  /** Wire names of a type. */
  names(type: string): ReadonlySet<string> {
    return new Set(this.#types.get(type)?.keys() ?? []);
  }

  clear(): void {
    this.#types.clear();
  }

  /** As ZoneInsight has them: of each type the newest words. */
  toSpec(): readonly RefusedOfType[] {
    return [...this.#types].flatMap(([type, refused]) => {
      const last = [...refused.values()].at(-1);
      return last === undefined ? [] : [{ type, time: last.time, message: last.message, resources: [...refused.keys()].slice(0, NAMES_TOLD) }];
    });
  }
}
