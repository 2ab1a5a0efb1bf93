import type { Dirty, MeshDirty, MeshIndex, MeshState } from '@weft/mesh-index';
import { refersByLabels, selectProxy, type Policy } from '@weft/policy-engine';
import { asksForCallerTags, concernsPermissions } from '@weft/proxy-view';
import type { GroupState } from './group-state.ts';
import type { ProxyState } from './proxy-state.ts';

/** What changes make due: proxies and how far, and groups that are no longer current (already told so). */
export interface Impact {
  /** `whole`: everything; `class`: only what it reaches, its inbounds stay. */
  readonly proxies: ReadonlyMap<ProxyState, 'whole' | 'class'>;
  readonly groups: ReadonlySet<GroupState>;
}

/** What is there to be touched. */
export interface Population {
  readonly index: MeshIndex;
  readonly proxiesOf: (mesh: string) => Iterable<ProxyState>;
  readonly groupsOf: (mesh: string) => Iterable<GroupState>;
  readonly proxy: (mesh: string, name: string) => ProxyState | undefined;
}

/** Finds whom changes concern, and invalidates the groups among them. */
export function impactOf(dirty: Dirty, population: Population): Impact {
  const proxies = new Map<ProxyState, 'whole' | 'class'>();
  const groups = new Set<GroupState>();
  for (const [mesh, touched] of dirty.meshes) {
    for (const proxy of matchedProxies(mesh, touched, population)) proxies.set(proxy, 'class');
    for (const proxy of wholeProxies(mesh, touched, population)) proxies.set(proxy, 'whole');
    for (const group of touchedGroups(mesh, touched, population)) groups.add(group);
  }
  if (dirty.vips.size > 0) onVips(dirty, population, { proxies, groups });
  return { proxies, groups };
}

function wholeProxies(mesh: string, touched: MeshDirty, population: Population): ProxyState[] {
  const { index, proxiesOf, proxy } = population;
  const state = index.mesh(mesh);
  if (touched.mesh || touched.identities || touched.collectors || touched.legacy || state === undefined || touched.policies.some((change) => reachesOthers(change, state))) return [...proxiesOf(mesh)];
  // Access logs of what leaves the mesh stand in a proxy's own listeners.
  const inbound = policiesOf(touched).filter(({ type, from, rules, traits }) => from.length > 0 || rules.length > 0 || traits.singleItem || type === 'MeshAccessLog');
  return [...egressesOf(touched, proxiesOf(mesh)), ...[...touched.dataplanes].flatMap((name) => proxy(mesh, name) ?? []), ...selectedBy(inbound, state, proxiesOf(mesh))];
}

/** What lies outside concerns the proxies that lead there, as do policies about it. */
function egressesOf({ externalServices, policies }: MeshDirty, proxies: Iterable<ProxyState>): ProxyState[] {
  if (externalServices.size === 0 && policies.length === 0) return [];
  return [...proxies].filter(({ known }) => known?.entry.listeners.some(({ type }) => type === 'ZoneEgress') === true);
}

/** Proxies that a changed policy matches: at least their class may be another. */
function matchedProxies(mesh: string, touched: MeshDirty, { index, proxiesOf }: Population): ProxyState[] {
  const state = index.mesh(mesh);
  if (state === undefined) return [];
  return touched.policies.some(changesWhatCallersSay) || concernsPermissions(state, touched.shapes) ? [...proxiesOf(mesh)] : selectedBy(policiesOf(touched), state, proxiesOf(mesh));
}

function policiesOf({ policies }: MeshDirty): Policy[] {
  return policies.flatMap(({ before, after }) => [before, after]).filter((policy) => policy !== undefined);
}

function selectedBy(policies: readonly Policy[], mesh: MeshState, proxies: Iterable<ProxyState>): ProxyState[] {
  if (policies.length === 0) return [];
  const selects = (policy: Policy, { known }: ProxyState): boolean => known !== undefined && selectProxy(policy, known.entry.subject, (name) => mesh.route(name)) !== undefined;
  return [...proxies].filter((proxy) => policies.some((policy) => selects(policy, proxy)));
}

/** The first or last policy that asks for callers' tags changes what everyone sends; which one it is does not matter. */
function changesWhatCallersSay({ before, after }: MeshDirty['policies'][number]): boolean {
  return (before !== undefined && asksForCallerTags(before)) !== (after !== undefined && asksForCallerTags(after));
}

/** A route that other policies are about changes their meaning too, for whoever they match. */
function reachesOthers({ before, after }: { readonly before: Policy | undefined; readonly after: Policy | undefined }, mesh: MeshState): boolean {
  if ((before ?? after)?.type !== 'MeshHTTPRoute') return false;
  return [...mesh.policies.values()].some((policies) => policies.some((policy) => policy.targetRef.kind === 'MeshHTTPRoute' || (policy.type !== 'MeshHTTPRoute' && refersByLabels(policy))));
}

function touchedGroups(mesh: string, touched: MeshDirty, { index, groupsOf }: Population): GroupState[] {
  const state = index.mesh(mesh);
  const routes = state !== undefined && touched.policies.some((change) => reachesOthers(change, state));
  return [...groupsOf(mesh)].filter((group) => {
    const stale = routes || (touched.collectors && group.class.telemetry !== undefined) || touched.zones || touched.meshServices.size > 0 || (touched.virtualOutbounds && group.class.vips) || (touched.peers.size > 0 && group.meets(touched.peers)) || [...touched.shapes].some((service) => group.dependsOn(service)) || reachesDirectly(group, touched);
    if (stale) group.invalidate();
    const endpoints = [...touched.endpoints].filter((key) => group.invalidateEndpoints(key));
    return stale || endpoints.length > 0;
  });
}

/** Instances that are reached by their own addresses are listeners: there they make and end some. */
function reachesDirectly({ class: { directAccess } }: GroupState, { endpoints }: MeshDirty): boolean {
  if (directAccess === undefined) return false;
  const { services } = directAccess;
  return [...endpoints].some((key) => services.some((service) => (service === '*' ? key.startsWith('tag:') : key === `tag:${service}`)));
}

/** VIPs make outbounds in meshes that use their names; an inbound on a VIP also keeps an outbound away. */
function onVips({ vips }: Dirty, { index, proxiesOf, groupsOf }: Population, { proxies, groups }: { readonly proxies: Map<ProxyState, 'whole' | 'class'>; readonly groups: Set<GroupState> }): void {
  for (const [mesh, state] of index.meshes) {
    const used = [...vips].some(([hostname, service]) => state.usesName(hostname, service));
    for (const group of used ? groupsOf(mesh) : []) {
      if (!group.class.vips) continue;
      group.invalidate();
      groups.add(group);
    }
    for (const proxy of proxiesOf(mesh)) {
      const { known } = proxy;
      if (known?.class.vips === true && (known.class.ownVips.length > 0 || known.entry.inbounds.some(({ address }) => index.hasVip(address ?? known.entry.resource.spec.networking?.address ?? '')))) proxies.set(proxy, 'whole');
    }
  }
}
