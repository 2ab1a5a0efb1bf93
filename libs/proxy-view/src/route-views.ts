import type { MeshState } from '@weft/mesh-index';
import { equalData } from '@weft/kernel';
import { withSection, type MergedRouteRule, type Policy } from '@weft/policy-engine';
import type { BackendRef } from '@weft/policy-model';
import { resolveBackends, resolveRef } from './backends.ts';
import type { DestinationSet } from './destination-set.ts';
import type { Naming } from './naming.ts';
import type { OutboundRules } from './outbound-rules.ts';
import type { ProxyClass } from './proxy-class.ts';
import type { RouteView } from './proxy-view.ts';
import { isHttp } from './protocol.ts';
import { compareRouteMatches } from './route-order.ts';
import { tagTarget, type KnownTarget } from './service-target.ts';

/** The route that takes everything. */
const CATCH_ALL = { path: { value: '/', type: 'PathPrefix' } } as const;

/** What routes of one group are made with. */
export interface RouteSources {
  readonly mesh: MeshState;
  readonly naming: Naming;
  readonly proxies: ProxyClass;
  readonly rules: OutboundRules;
  readonly destinations: DestinationSet;
}

/** The routes of an http outbound in their final order. Empty where every destination is unusable: then there is no listener. */
export function routeViews(known: KnownTarget, sources: RouteSources): readonly RouteView[] {
  const conf = sources.rules.routes(known);
  const candidates = (conf?.rules ?? []).flatMap((rule) => rule.matches.map((match) => ({ match, rule })));
  const complete = candidates.some(({ match }) => equalData(match, CATCH_ALL));
  // What nothing matches comes last: a prefix that somebody wrote would stand before expressions and matches without a path.
  return [...candidates.sort((a, b) => compareRouteMatches(a.match, b.match)), ...(complete ? [] : [{ match: CATCH_ALL, rule: undefined }])]
    .flatMap(({ match, rule }) => routeView(known, sources, { match, rule }));
}

interface Candidate {
  readonly match: Readonly<Record<string, unknown>>;
  readonly rule: MergedRouteRule | undefined;
}

function routeView(known: KnownTarget, sources: RouteSources, { match, rule }: Candidate): RouteView[] {
  const backends = backendsOf(known, sources, rule);
  if (backends.length === 0) return [];
  const name = routeName(known, sources, rule);
  const filters = (rule?.default['filters'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  return [{
    name,
    match,
    filters: filters.map((filter) => withMirrorCluster(filter, routeOf(rule, sources), sources)),
    backends,
    ...(backends.some(({ clusterName }) => sources.destinations.isOutside(clusterName)) && { external: true as const }),
    conf: sources.rules.forRoute(known, { name, kri: rule?.origin.kri }),
    origins: rule === undefined ? [] : [rule.origin],
  }];
}

/** By tag: hash of the matches. Real service: the MeshHTTPRoute that has the last word; the catch-all keeps its hash. */
function routeName(known: KnownTarget, { naming, proxies }: RouteSources, rule: MergedRouteRule | undefined): string {
  if (rule === undefined) return naming.matchesHash([CATCH_ALL]);
  if (known.target.kind === 'tag') return naming.matchesHash(rule.matches);
  return proxies.unifiedNaming ? withSection(rule.origin.kri, `rule_${rule.origin.ruleIndex}`) : rule.origin.kri;
}

function backendsOf(known: KnownTarget, sources: RouteSources, rule: MergedRouteRule | undefined): RouteView['backends'] {
  const route = routeOf(rule, sources);
  const refs = (rule?.default['backendRefs'] ?? []) as readonly BackendRef[];
  return resolveBackends(known, { refs, route, usable: (backend) => backend.protocolKnown && isHttp(backend.protocol) }, sources);
}

function routeOf(rule: MergedRouteRule | undefined, { proxies }: RouteSources): Policy | undefined {
  return proxies.policies.get('MeshHTTPRoute')?.find(({ key }) => key.name === rule?.origin.resource.name && key.type === rule.origin.resource.type);
}

/** A mirror's target is the port of a MeshService where its reference names one that is there, else a service by tag; its cluster must exist. */
function withMirrorCluster(filter: Readonly<Record<string, unknown>>, route: Policy | undefined, { mesh, destinations }: RouteSources): Readonly<Record<string, unknown>> {
  const mirror = filter['requestMirror'] as { readonly backendRef?: BackendRef } | undefined;
  if (filter['type'] !== 'RequestMirror' || mirror?.backendRef === undefined) return filter;
  const { backendRef } = mirror;
  const found = route === undefined || backendRef.port === undefined ? 'unmatched' : resolveRef({ ...backendRef, weight: 1 }, route, mesh);
  const clusterName = destinations.use(typeof found === 'object' ? found.known : tagTarget(mesh, backendRef.name ?? '', backendRef.tags ?? {}));
  return { ...filter, requestMirror: { ...mirror, clusterName } };
}
