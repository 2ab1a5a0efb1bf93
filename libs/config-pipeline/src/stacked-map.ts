/** Two maps read as one: what is `own` hides what is `shared`. Neither may change afterwards. */
export class StackedMap<K, V> implements ReadonlyMap<K, V> {
  readonly #own: ReadonlyMap<K, V>;
  readonly #shared: ReadonlyMap<K, V>;
  readonly size: number;

  constructor(own: ReadonlyMap<K, V>, shared: ReadonlyMap<K, V>) {
    this.#own = own;
    this.#shared = shared;
    let hidden = 0;
    for (const key of own.keys()) if (shared.has(key)) hidden++;
    this.size = own.size + shared.size - hidden;
  }

  get(key: K): V | undefined {
    return this.#own.get(key) ?? this.#shared.get(key);
  }

  has(key: K): boolean {
    return this.#own.has(key) || this.#shared.has(key);
  }

  * entries(): MapIterator<[K, V]> {
    yield* this.#own;
    for (const entry of this.#shared) if (!this.#own.has(entry[0])) yield entry;
  }

  * keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  * values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}

/** The two maps as one; the shared one itself where the proxy adds nothing. */
export function stacked<K, V>(own: ReadonlyMap<K, V>, shared: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  if (own.size === 0) return shared;
  return shared.size === 0 ? own : new StackedMap(own, shared);
}
