import { runSteps } from '@weft/kernel';
import type { EndpointSetKey, MeshState } from '@weft/mesh-index';
import { DestinationSet } from './destination-set.ts';
import { directAccessTo } from './direct-access.ts';
import { namesOf } from './names.ts';
import { OutboundRules } from './outbound-rules.ts';
import { outboundSpecs, type OutboundSpec } from './outbound-specs.ts';
import type { ProxyClass } from './proxy-class.ts';
import type { OutboundGroup, OutboundView } from './proxy-view.ts';
import { routeViews, type RouteSources } from './route-views.ts';
import { tcpBackends } from './tcp-backends.ts';
import type { ViewSources } from './view-sources.ts';

/** A group, and where its clusters take their endpoints from. */
export interface BuiltGroup {
  readonly group: OutboundGroup;
  readonly endpoints: ReadonlyMap<string, EndpointSetKey>;
}

/** The outbounds and destinations of a class of proxies. */
export function buildOutboundGroup(sources: ViewSources, mesh: MeshState, proxies: ProxyClass): BuiltGroup {
  return runSteps(outboundGroupSteps(sources, mesh, proxies));
}

/** The same, one outbound a step, so that a large group need not hold up everything else. Meanwhile the index must not change. */
export function* outboundGroupSteps(sources: ViewSources, mesh: MeshState, proxies: ProxyClass): Generator<void, BuiltGroup> {
  const rules = new OutboundRules(mesh, proxies, sources.naming);
  const destinations = new DestinationSet({ ...sources, mesh }, proxies, rules);
  const routes: RouteSources = { mesh, naming: sources.naming, proxies, rules, destinations };
  const outbounds: OutboundView[] = [];
  const specs = outboundSpecs(sources.index, mesh, proxies);
  for (const spec of specs) {
    outbounds.push(outboundView(spec, routes));
    yield;
  }
  return { group: { key: proxies.key, outbounds, destinations: destinations.views, directAccess: directAccessTo(mesh, proxies, specs), names: namesOf(specs), ...(destinations.secrets.length > 0 && { secrets: destinations.secrets }) }, endpoints: destinations.endpoints };
}

function outboundView({ address, port, tags, known }: OutboundSpec, routes: RouteSources): OutboundView {
  const tcp = tcpBackends(known, routes);
  return {
    address,
    port,
    target: known.target,
    tags,
    protocol: known.protocol,
    routes: tcp === undefined ? routeViews(known, routes) : [],
    backends: tcp ?? [],
    conf: routes.rules.forTarget(known),
    bindToPort: routes.proxies.bindToPort,
  };
}
