import type { SharedResource } from '@weft/xds-core';
import type { BuiltUnit } from './resource-factory.ts';

/** The types that the pipeline makes; secrets are made outside. */
export const LAYER_TYPES = ['cds', 'eds', 'lds', 'rds'] as const;
type LayerType = (typeof LAYER_TYPES)[number];

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
  /** Units that are in the layer, by id: what a later failure falls back to. */
  readonly good: ReadonlyMap<string, BuiltUnit>;
  readonly problems: readonly Problem[];
}

/** Nothing yet. */
export const EMPTY_LAYER: Layer = { cds: new Map(), eds: new Map(), lds: new Map(), rds: new Map() };

/**
 * Puts units together: names unique, references met. A unit that fails is replaced by its last good version if that
 * still fits, and is reported either way. `offered` says what a reference may find outside the layer.
 */
export function finishLayer(units: readonly BuiltUnit[], previous: ReadonlyMap<string, BuiltUnit>, offered: (type: string, name: string) => boolean): FinishedLayer {
  const problems: Problem[] = [];
  const chosen = units.map((unit) => {
    if (unit.problem === undefined) return unit;
    problems.push({ resource: unit.id, reason: unit.problem });
    return previous.get(unit.id);
  }).filter((unit) => unit !== undefined);
  const accepted = withoutDangling(withoutClashes(chosen, problems), offered, problems);
  return { layer: layerOf(accepted), good: new Map(accepted.map((unit) => [unit.id, unit])), problems };
}

/** Two units may give the same resource, but not two resources of one name. */
function withoutClashes(units: readonly BuiltUnit[], problems: Problem[]): BuiltUnit[] {
  const owners = new Map<string, SharedResource>();
  return units.filter((unit) => {
    const clash = unit.resources.find((resource) => (owners.get(nameOf(resource)) ?? resource) !== resource);
    if (clash !== undefined) problems.push({ resource: unit.id, reason: `${clash.type} ${clash.name} exists already with other content` });
    else for (const resource of unit.resources) owners.set(nameOf(resource), resource);
    return clash === undefined;
  });
}

/** Leaving a unit out may leave another without what it refers to, hence the loop. */
function withoutDangling(units: readonly BuiltUnit[], offered: (type: string, name: string) => boolean, problems: Problem[]): readonly BuiltUnit[] {
  const present = new Set(units.flatMap(({ resources }) => resources.map(nameOf)));
  const kept = units.filter((unit) => {
    const missing = unit.references.find(({ type, name }) => !present.has(`${type} ${name}`) && !offered(type, name));
    if (missing !== undefined) problems.push({ resource: unit.id, reason: `refers to ${missing.type} ${missing.name}, which does not exist` });
    return missing === undefined;
  });
  return kept.length === units.length ? kept : withoutDangling(kept, offered, problems);
}

function layerOf(units: readonly BuiltUnit[]): Layer {
  const layer = { cds: new Map<string, SharedResource>(), eds: new Map<string, SharedResource>(), lds: new Map<string, SharedResource>(), rds: new Map<string, SharedResource>() };
  for (const { resources } of units) {
    for (const resource of resources) if (resource.type !== 'sds') layer[resource.type].set(resource.name, resource);
  }
  return layer;
}

function nameOf({ type, name }: SharedResource): string {
  return `${type} ${name}`;
}
