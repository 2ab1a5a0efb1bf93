import { LAYER_TYPES, LAYERS, type Layer, type ServedLayers } from './layer.ts';
import { differingKeys } from './stacked-map.ts';
import type { ChangedNames } from '@weft/xds-core';

/** Names by type that differ between two layers. */
export type LayerDiff = ReadonlyMap<(typeof LAYER_TYPES)[number], ReadonlySet<string>>;

const NOTHING: LayerDiff = new Map();

/** Compares layers; a pair that many proxies go through together is compared once. */
export class LayerDiffs {
  readonly #known = new WeakMap<Layer, WeakMap<Layer, LayerDiff>>();

  between(before: Layer, after: Layer): LayerDiff {
    if (before === after) return NOTHING;
    const known = this.#known.get(after)?.get(before);
    if (known !== undefined) return known;
    const diff: LayerDiff = new Map(LAYER_TYPES.map((type) => [type, differingKeys(before[type], after[type])] as const).filter(([, names]) => names.size > 0));
    const perBefore = this.#known.get(after) ?? new WeakMap<Layer, LayerDiff>();
    this.#known.set(after, perBefore.set(before, diff));
    return diff;
  }
}

/** What differs for a proxy between the layers that it had and those that it has now. */
export function changedNames(diffs: LayerDiffs, before: ServedLayers, now: ServedLayers): ChangedNames {
  const parts = LAYERS.map((layer) => diffs.between(before[layer], now[layer])).filter(({ size }) => size > 0);
  const changed: Partial<Record<(typeof LAYER_TYPES)[number], ReadonlySet<string>>> = {};
  for (const type of LAYER_TYPES) {
    const found = parts.flatMap((part) => part.get(type) ?? []);
    const [first] = found;
    if (first !== undefined) changed[type] = found.length === 1 ? first : new Set(found.flatMap((names) => [...names]));
  }
  return changed;
}
