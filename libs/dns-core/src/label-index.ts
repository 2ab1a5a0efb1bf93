type Labels = Readonly<Record<string, string>>;

/** Objects by their labels: what a selector matches is found without a look at all of them. */
export class LabelIndex<Id extends string> {
  readonly #labels = new Map<Id, Labels>();
  readonly #byLabel = new Map<string, Set<Id>>();

  /** Sets the labels of an object; undefined removes it. */
  set(id: Id, labels: Labels | undefined): void {
    for (const [key, value] of Object.entries(this.#labels.get(id) ?? {})) {
      const ids = this.#byLabel.get(pairOf(key, value));
      ids?.delete(id);
      if (ids?.size === 0) this.#byLabel.delete(pairOf(key, value));
    }
    if (labels === undefined) this.#labels.delete(id);
    else this.#labels.set(id, labels);
    for (const [key, value] of Object.entries(labels ?? {})) {
      const pair = pairOf(key, value);
      this.#byLabel.set(pair, (this.#byLabel.get(pair) ?? new Set<Id>()).add(id));
    }
  }

  /** Objects that carry all of these labels; all objects where none are asked for. Looks at those with the rarest label only. */
  matching(matchLabels: Labels): readonly Id[] {
    const wanted = Object.entries(matchLabels);
    if (wanted.length === 0) return [...this.#labels.keys()];
    const sets = wanted.map(([key, value]) => this.#byLabel.get(pairOf(key, value)));
    const rarest = sets.reduce((a, b) => ((a?.size ?? 0) <= (b?.size ?? 0) ? a : b));
    return [...(rarest ?? [])].filter((id) => wanted.every(([key, value]) => this.#labels.get(id)?.[key] === value));
  }
}

function pairOf(key: string, value: string): string {
  return `${key}\n${value}`;
}
