/**
 * Keeps one instance per key. Values are dropped when their owner calls {@link Interner.retain} with the keys still
 * in use; until then a lookup costs one map access.
 */
export class Interner<V> {
  readonly #byKey = new Map<string, V>();

  /** The value under `key`, made once by `make`. */
  get(key: string, make: () => V): V {
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    const made = make();
    this.#byKey.set(key, made);
    return made;
  }

  /** Forgets every key that is not in `inUse`. */
  retain(inUse: ReadonlySet<string>): void {
    for (const key of this.#byKey.keys()) if (!inUse.has(key)) this.#byKey.delete(key);
  }

  get size(): number {
    return this.#byKey.size;
  }
}
