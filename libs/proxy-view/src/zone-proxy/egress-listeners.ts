import { sectionOf } from '@weft/policy-engine';
import type { KnownProxy } from '../build-proxy-view.ts';
import { rulesOf } from '../inbound-views.ts';
import type { Naming } from '../naming.ts';
import { namedWays } from './egress-named.ts';
import type { DataplaneEgress } from './egress-view.ts';

const PERMISSION = 'MeshTrafficPermission';

/** What egress listeners of a Dataplane are made with. */
export interface EgressNaming {
  readonly naming: Naming;
  /** Envoy's name of the listener of a section. */
  readonly nameOf: (section: string) => string;
}

/**
 * The listeners of a Dataplane that lead out of its mesh: to MeshExternalServices, and only where the mesh knows nothing but MeshServices
 * and the proxy has a MeshIdentity to show. Policies that match the proxy count, those about callers where they select the listener; whom
 * no MeshTrafficPermission allows is refused. Undefined where there are none. Source: Kuma 2.14.
 */
export function dataplaneEgress({ client, mesh, entry, meshView, matched, credentials: { current: credentials } }: KnownProxy, { naming, nameOf }: EgressNaming): DataplaneEgress | undefined {
  if (meshView.meshServicesMode !== 'Exclusive' || credentials?.workload === undefined) return undefined;
  const { identity, trust } = credentials;
  const found = entry.listeners.flatMap((listener, index) => {
    if (listener.type !== 'ZoneEgress' || !listener.ready) return [];
    const { [PERMISSION]: permission = { inbound: [], from: [] }, ...rules } = rulesOf({ matched, state: mesh }, ({ perListener }) => perListener[index]);
    // Whoever chains to a domain that the mesh trusts is of the mesh; who may go on, the permissions say.
    const ways = namedWays(mesh, { naming, unifiedNaming: true, credentials: { identity, trust, clients: [] }, policiesOf: (type) => matched.get(type)?.policies ?? [], permission, rules });
    const { address, port } = listener;
    return [{ view: { name: nameOf(sectionOf(listener)), address, port, unifiedNaming: true, reusePort: client.features.has('feature-reuse-port') }, ways }];
  });
  const [first] = found;
  return first && {
    listeners: found.map(({ view, ways }) => ({ listener: view, destinations: ways.map(({ destination }) => destination) })),
    secrets: first.ways.flatMap(({ secrets }) => secrets),
  };
}
