const FIRST_SWEEP = 1024;

/** Values by key for as long as somebody else holds them. Dead entries are swept when the table has doubled. */
export class WeakMapByKey<V extends object> {
  readonly #entries = new Map<string, WeakRef<V>>();
  #sweepAt = FIRST_SWEEP;

  get(key: string): V | undefined {
    return this.#entries.get(key)?.deref();
  }

  set(key: string, value: V): void {
    this.#entries.set(key, new WeakRef(value));
    if (this.#entries.size >= this.#sweepAt) this.#sweep();
  }

  #sweep(): void {
    for (const [key, reference] of this.#entries) if (reference.deref() === undefined) this.#entries.delete(key);
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#entries.size * 2);
  }
}
