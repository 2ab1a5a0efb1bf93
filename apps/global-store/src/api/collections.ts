import type { ResourceType, TypeRegistry } from '@weft/resource-model';

/** What a path segment such as `dataplanes` or `zones+insights` stands for. */
export interface Collection {
  readonly type: ResourceType;
  /** True where the path asks for overviews: the resources with their insights. */
  readonly overview: boolean;
}

/** Types with an insight, and the older paths of their overviews. */
const OVERVIEW_PATHS: Readonly<Record<string, readonly string[]>> = {
  Dataplane: ['dataplanes+insights'],
  Zone: ['zones+insights'],
  ZoneIngress: ['zoneingresses+insights'],
  ZoneEgress: ['zoneegressoverviews'],
};

/** Whether resources of a type have overviews. */
export function hasOverview(type: ResourceType): boolean {
  return type.name in OVERVIEW_PATHS;
}

/** Finds collections by path segment. Insights are no collections of stored resources and are found elsewhere. */
export function collectionFinder(registry: TypeRegistry): (segment: string) => Collection | undefined {
  const overviews = new Map<string, Collection>();
  for (const [name, paths] of Object.entries(OVERVIEW_PATHS)) {
    const type = registry.byName(name);
    if (type !== undefined) for (const path of paths) overviews.set(path, { type, overview: true });
  }
  return (segment) => {
    const type = registry.byPath(segment);
    return type === undefined ? overviews.get(segment) : { type, overview: false };
  };
}
