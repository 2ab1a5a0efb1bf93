import { runSteps } from '@weft/kernel';
import type { SharedResource } from '@weft/xds-core';
import type { BuiltUnit } from './resource-factory.ts';

/** The types that the pipeline makes; secrets are made outside. */
export const LAYER_TYPES = ['cds', 'eds', 'lds', 'rds'] as const;
/** One of them. */
export type LayerType = (typeof LAYER_TYPES)[number];

/** Resources by type and name, of one proxy or of a group. Never changed once made. */
export type Layer = Readonly<Record<LayerType, ReadonlyMap<string, SharedResource>>>;

/** Something that failed our checks, and why. */
export interface Problem {
  readonly resource: string;
  readonly reason: string;
}

/** A layer as it came out, with its units (to fall back on) and what was wrong. */
export interface FinishedLayer {
  readonly layer: Layer;
  /** Units that are in the layer, by id: what a later failure falls back to. Its owner may replace some later. */
  readonly good: Map<string, BuiltUnit>;
  readonly problems: readonly Problem[];
}

/** Nothing yet. */
export const EMPTY_LAYER: Layer = { cds: new Map(), eds: new Map(), lds: new Map(), rds: new Map() };

/** The layers of a proxy, the upper ones first. */
export const LAYERS = ['own', 'names', 'ingress', 'shared'] as const;

/** The layers of one proxy: its own, its group's, what is made of the group's names for proxies like it, and what its ingress offers. */
export type ServedLayers = Readonly<Record<(typeof LAYERS)[number], Layer>>;

/** Of a proxy that has nothing. */
export const NO_LAYERS: ServedLayers = { own: EMPTY_LAYER, names: EMPTY_LAYER, ingress: EMPTY_LAYER, shared: EMPTY_LAYER };

/** Whether a reference finds its target outside the layer. */
export type Offered = (type: string, name: string) => boolean;

/** Units that are looked at in one step: a few milliseconds. */
const UNITS_PER_STEP = 1_000;

/**
 * Puts units together: names unique, references met. A unit that fails is replaced by its last good version if that
 * still fits, and is reported either way.
 */
export function finishLayer(units: readonly BuiltUnit[], previous: ReadonlyMap<string, BuiltUnit>, offered: Offered): FinishedLayer {
  return runSteps(finishLayerSteps(units, previous, offered));
}

/** The same in steps. */
export function* finishLayerSteps(units: readonly BuiltUnit[], previous: ReadonlyMap<string, BuiltUnit>, offered: Offered): Generator<void, FinishedLayer> {
  const problems: Problem[] = [];
  let chosen = units;
  // Each round puts right or drops at least one unit, and a last good version fails only once.
  for (let faults = yield* faultsOf(chosen, offered); faults.size > 0; faults = yield* faultsOf(chosen, offered)) {
    chosen = chosen.flatMap((unit) => {
      const reason = faults.get(unit);
      if (reason === undefined) return [unit];
      problems.push({ resource: unit.id, reason });
      const last = previous.get(unit.id);
      return last === undefined || last === unit ? [] : [last];
    });
    yield;
  }
  const { layer, good } = yield* layerOf(chosen);
  return { layer, good, problems };
}

/** What is wrong with units: by themselves, or together. */
function* faultsOf(units: readonly BuiltUnit[], offered: Offered): Generator<void, ReadonlyMap<BuiltUnit, string>> {
  const faults = new Map<BuiltUnit, string>();
  const owners = new ByTypeAndName();
  for (const part of inParts(units)) {
    for (const unit of part) {
      if (unit.problem !== undefined) faults.set(unit, unit.problem);
      // Two units may give the same resource, but not two resources of one name.
      const clash = unit.resources.find((resource) => (owners.get(resource.type, resource.name) ?? resource) !== resource);
      if (clash !== undefined) faults.set(unit, `${clash.type} ${clash.name} exists already with other content`);
      else for (const resource of unit.resources) owners.add(resource);
    }
    yield;
  }
  for (const part of inParts(units)) {
    for (const unit of part) {
      const missing = unit.references.find(({ type, name }) => owners.get(type, name) === undefined && !offered(type, name));
      if (missing !== undefined && !faults.has(unit)) faults.set(unit, `refers to ${missing.type} ${missing.name}, which does not exist`);
    }
    yield;
  }
  return faults;
}

function* layerOf(units: readonly BuiltUnit[]): Generator<void, Pick<FinishedLayer, 'layer' | 'good'>> {
  const good = new Map<string, BuiltUnit>();
  const layer = { cds: new Map<string, SharedResource>(), eds: new Map<string, SharedResource>(), lds: new Map<string, SharedResource>(), rds: new Map<string, SharedResource>() };
  for (const part of inParts(units)) {
    for (const unit of part) {
      good.set(unit.id, unit);
      for (const resource of unit.resources) if (resource.type !== 'sds') layer[resource.type].set(resource.name, resource);
    }
    yield;
  }
  return { layer, good };
}

function* inParts(units: readonly BuiltUnit[]): Generator<readonly BuiltUnit[]> {
  for (let start = 0; start < units.length; start += UNITS_PER_STEP) yield units.slice(start, start + UNITS_PER_STEP);
}

/** Resources by type and name, without a text made of both for each look. */
class ByTypeAndName {
  readonly #types = new Map<string, Map<string, SharedResource>>();

  get(type: string, name: string): SharedResource | undefined {
    return this.#types.get(type)?.get(name);
  }

  add(resource: SharedResource): void {
    const names = this.#types.get(resource.type);
    if (names === undefined) this.#types.set(resource.type, new Map([[resource.name, resource]]));
    else names.set(resource.name, resource);
  }
}
