import type { MeshState } from '@weft/mesh-index';
import { resolveBackendRef, type Policy } from '@weft/policy-engine';
import { SAME_SERVICE, type BackendRef } from '@weft/policy-model';
import type { DestinationSet } from './destination-set.ts';
import type { RouteView } from './proxy-view.ts';
import { resourceTarget, tagTarget, type KnownTarget } from './service-target.ts';

const WHOLE = 100;

/** References of a route to where its traffic goes. */
export interface Backends {
  readonly refs: readonly BackendRef[];
  /** The route that has them: names are meant as seen from there. Without it there are no references. */
  readonly route: Policy | undefined;
  /** Whether the route may lead there. */
  readonly usable: (known: KnownTarget) => boolean;
}

/** The clusters and weights of a route for a service. Without references that mean anything: the service itself. Empty where none is usable. */
export function resolveBackends(known: KnownTarget, { refs, route, usable }: Backends, { mesh, destinations }: { readonly mesh: MeshState; readonly destinations: DestinationSet }): RouteView['backends'] {
  const own = (ref: BackendRef): BackendRef => (ref.name === SAME_SERVICE ? { ...ref, name: known.service } : ref);
  const resolved = route === undefined ? [] : refs.map((ref) => resolveRef(own(ref), route, mesh)).filter((backend) => backend !== 'unmatched');
  if (resolved.length === 0) return [{ clusterName: destinations.use(known), weight: WHOLE }];
  return resolved.flatMap((backend) => (backend === 'unusable' || !usable(backend.known) ? [] : [{ clusterName: destinations.use(backend.known), weight: backend.weight }]));
}

/** One reference of a route: `unmatched` where it names nothing, `unusable` where that cannot be reached. */
export function resolveRef(ref: BackendRef, route: Policy, mesh: MeshState): { readonly known: KnownTarget; readonly weight: number } | 'unusable' | 'unmatched' {
  const backend = resolveBackendRef(ref, route, mesh);
  if (backend.kind === 'unmatched' || backend.kind === 'missing') return backend.kind === 'unmatched' ? 'unmatched' : 'unusable';
  const known = backend.kind === 'tag' ? tagTarget(mesh, backend.service, backend.tags) : resourceTarget(mesh, backend.item, backend.port.port);
  return known === undefined || backend.weight === 0 ? 'unusable' : { known, weight: backend.weight };
}
