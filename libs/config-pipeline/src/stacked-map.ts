interface StackedParts<K, V> {
  readonly own: ReadonlyMap<K, V>;
  readonly shared: ReadonlyMap<K, V>;
}

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

  get parts(): StackedParts<K, V> {
    return { own: this.#own, shared: this.#shared };
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

/** Entries that replace others or are new, as a share of the rest, above which a map of its own is cheaper. */
const OVERLAY_SHARE = 1 / 8;

/** The map with some entries replaced: costs in proportion to what was replaced so far, and now and then a copy of everything. */
export function withReplaced<K, V>(map: ReadonlyMap<K, V>, replaced: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  const { own, shared } = partsOf(map);
  const overlay = new Map<K, V>([...own, ...replaced]);
  return overlay.size > shared.size * OVERLAY_SHARE ? new Map([...shared, ...overlay]) : new StackedMap(overlay, shared);
}

/** The keys under which two maps hold different values; interned values of equal content are the same. */
export function differingKeys<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): ReadonlySet<K> {
  if (before === after) return new Set();
  const [some, others] = overSameBase(before, after) ?? [before, after];
  const candidates = new Set([...some.keys(), ...others.keys()]);
  return new Set([...candidates].filter((key) => before.get(key) !== after.get(key)));
}

/** What two maps have above the map that both are stacked on: only that can differ. */
function overSameBase<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): readonly [ReadonlyMap<K, V>, ReadonlyMap<K, V>] | undefined {
  const a = partsOf(before);
  const b = partsOf(after);
  return a.shared === b.shared ? [a.own, b.own] : undefined;
}

function partsOf<K, V>(map: ReadonlyMap<K, V>): StackedParts<K, V> {
  return map instanceof StackedMap ? (map as StackedMap<K, V>).parts : { own: new Map(), shared: map };
}

/** The two maps as one; the shared one itself where the proxy adds nothing. */
export function stacked<K, V>(own: ReadonlyMap<K, V>, shared: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  if (own.size === 0) return shared;
  return shared.size === 0 ? own : new StackedMap(own, shared);
}
