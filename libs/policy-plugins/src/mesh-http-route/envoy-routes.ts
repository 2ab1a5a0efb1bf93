import { create } from '@bufbuild/protobuf';
import { duration } from '@weft/envoy-builders';
import { RouteActionSchema, RouteSchema, type Route, type RouteAction } from '@weft/envoy-proto/envoy/config/route/v3/route_components_pb.js';
import type { RouteView, ServiceTarget } from '@weft/proxy-view';
import { confOf } from '../conf.ts';
import { applyFilter } from './route-filters.ts';
import { routeMatches, type RoutePathMatch } from './route-match.ts';

/** The Envoy routes of one route of the view. Their timeout is 0 (none) until MeshTimeout sets one. */
export function envoyRoutes(view: RouteView, target: ServiceTarget): Route[] {
  return routeMatches(view.match).map((match) => envoyRoute(view, match, target));
}

function envoyRoute(view: RouteView, match: RoutePathMatch, target: ServiceTarget): Route {
  const route = create(RouteSchema, { name: view.name, match: match.message, action: { case: 'route', value: routeAction(view, target) } });
  for (const filter of view.filters) applyFilter(route, confOf(filter), match);
  return route;
}

function routeAction({ backends, external: outside }: RouteView, target: ServiceTarget): RouteAction {
  const [only] = backends;
  const external = outside === true || (target.kind === 'resource' && target.type === 'MeshExternalService');
  return create(RouteActionSchema, {
    timeout: duration(0),
    clusterSpecifier: backends.length === 1 && only !== undefined
      ? { case: 'cluster', value: only.clusterName }
      : { case: 'weightedClusters', value: { clusters: backends.map(({ clusterName, weight }) => ({ name: clusterName, weight })) } },
    ...(external && { hostRewriteSpecifier: { case: 'autoHostRewrite', value: { value: true } } }),
  });
}
