import type { MergedRouteConf } from '@weft/policy-engine';

/** Matches of one rule of a route. */
export type RouteMatches = readonly Readonly<Record<string, unknown>>[];

/** A merged conf in the shape of its policy: rules of routes without where each came from. */
export function inspectedConf(type: string, conf: unknown): unknown {
  if (type !== 'MeshHTTPRoute') return conf;
  const { hostnames, rules } = conf as MergedRouteConf;
  return { ...(hostnames.length > 0 && { hostnames }), rules: rules.map(({ matches, default: own }) => ({ matches, default: own })) };
}
