/**
 * Counts what the proxies of one group have in common. Each member holds a set of facts (`healthy`,
 * `identity:<value>` …); the tally knows how many hold each. A change of one member costs no more than its facts.
 */
export class MemberTally {
  readonly #members = new Map<string, ReadonlySet<string>>();
  readonly #counts = new Map<string, number>();

  /** How many members there are. */
  get total(): number {
    return this.#members.size;
  }

  /** Replaces what is known of a member; undefined removes it. True where the counts are others now. */
  put(member: string, facts: ReadonlySet<string> | undefined): boolean {
    const before = this.#members.get(member);
    if (facts === undefined) this.#members.delete(member);
    else this.#members.set(member, facts);
    const gone = [...(before ?? [])].filter((fact) => facts?.has(fact) !== true);
    const come = [...(facts ?? [])].filter((fact) => before?.has(fact) !== true);
    for (const fact of gone) this.#add(fact, -1);
    for (const fact of come) this.#add(fact, 1);
    return gone.length + come.length > 0 || (before === undefined) !== (facts === undefined);
  }

  /** How many members hold the fact. */
  count(fact: string): number {
    return this.#counts.get(fact) ?? 0;
  }

  /** What follows the prefix in the facts that begin with it, with the number of their holders, in no order. */
  under(prefix: string): readonly (readonly [string, number])[] {
    return [...this.#counts].flatMap(([fact, count]) => (fact.startsWith(prefix) ? [[fact.slice(prefix.length), count] as const] : []));
  }

  #add(fact: string, by: number): void {
    const count = this.count(fact) + by;
    if (count === 0) this.#counts.delete(fact);
    else this.#counts.set(fact, count);
  }
}
