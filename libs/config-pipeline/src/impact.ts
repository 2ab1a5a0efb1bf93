import type { Dirty, MeshDirty, MeshIndex, MeshState } from '@weft/mesh-index';
import { refersByLabels, selectProxy, type Policy } from '@weft/policy-engine';
import type { GroupState } from './group-state.ts';
import type { ProxyState } from './proxy-state.ts';

/** What changes make due: proxies to look at as a whole, and groups that are no longer current (already told so). */
export interface Impact {
  readonly proxies: ReadonlySet<ProxyState>;
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
  const proxies = new Set<ProxyState>();
  const groups = new Set<GroupState>();
  for (const [mesh, touched] of dirty.meshes) {
    for (const proxy of wholeProxies(mesh, touched, population)) proxies.add(proxy);
    for (const group of touchedGroups(mesh, touched, population)) groups.add(group);
  }
  if (dirty.vips) onVips(population, proxies, groups);
  return { proxies, groups };
}

function wholeProxies(mesh: string, touched: MeshDirty, { index, proxiesOf, proxy }: Population): ProxyState[] {
  const state = index.mesh(mesh);
  if (touched.mesh || state === undefined || touched.policies.some((change) => reachesOthers(change, state))) return [...proxiesOf(mesh)];
  const own = [...touched.dataplanes].flatMap((name) => proxy(mesh, name) ?? []);
  const policies = touched.policies.flatMap(({ before, after }) => [before, after]).filter((policy) => policy !== undefined);
  return policies.length === 0 ? own : [...own, ...[...proxiesOf(mesh)].filter(({ known }) => known !== undefined && policies.some((policy) => selectProxy(policy, known.entry.subject, (name) => state.route(name)) !== undefined))];
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
    const stale = routes || touched.meshServices.size > 0 || [...touched.shapes].some((service) => group.dependsOn(service));
    if (stale) group.invalidate();
    const endpoints = [...touched.endpoints].filter((key) => group.invalidateEndpoints(key));
    return stale || endpoints.length > 0;
  });
}

/** VIPs make outbounds; an inbound on a VIP also keeps an outbound away. */
function onVips({ index, proxiesOf, groupsOf }: Population, proxies: Set<ProxyState>, groups: Set<GroupState>): void {
  for (const mesh of index.meshes.keys()) {
    for (const group of groupsOf(mesh)) {
      if (!group.class.vips) continue;
      group.invalidate();
      groups.add(group);
    }
    for (const proxy of proxiesOf(mesh)) {
      const { known } = proxy;
      if (known?.class.vips === true && (known.class.ownVips.length > 0 || known.entry.inbounds.some(({ address }) => index.hasVip(address ?? known.entry.resource.spec.networking?.address ?? '')))) proxies.add(proxy);
    }
  }
}
