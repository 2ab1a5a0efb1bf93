import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import { buildToRules, comparePolicies, findSubsetRule, mergeConfs, SERVICE_TAG, type Policy } from '@weft/policy-engine';
import { withCollectors } from './collectors.ts';
import type { MatchedPolicies } from './matched-policies.ts';
import { meshMetrics } from './mesh-metrics.ts';

/** Merged confs by policy type. */
export type ProxyConfs = Readonly<Record<string, unknown>>;

/** Types whose conf shapes outbounds and their clusters too: proxies with different ones share none of these. */
const SHAPING_OUTBOUNDS: readonly string[] = ['MeshProxyPatch'];

/** The merged conf of each policy type that is about the proxy as a whole (`spec.default`), and of MeshAccessLog what it says of traffic that leaves the mesh; types without a match are absent. */
export function proxyConfs(mesh: MeshState, { resource: dataplane }: Pick<DataplaneEntry, 'resource'>, matched: MatchedPolicies): ProxyConfs {
  const confs: Record<string, unknown> = {};
  for (const [type, { policies }] of matched) {
    if (policies[0]?.traits.singleItem !== true) continue;
    confs[type] = withCollectors(type, mergeConfs([...policies].sort(comparePolicies).map(({ conf }) => conf)), mesh);
  }
  const leaving = outsideLog(mesh, matched.get(LOGS)?.policies ?? []);
  if (leaving !== undefined) confs[LOGS] = withCollectors(LOGS, leaving, mesh);
  // A MeshMetric takes the place of the mesh's own backend.
  const ofMesh = confs['MeshMetric'] === undefined && mesh.resource !== undefined ? meshMetrics(mesh.resource.spec, dataplane.spec) : undefined;
  if (ofMesh !== undefined) confs['MeshMetric'] = ofMesh;
  return confs;
}

const LOGS = 'MeshAccessLog';
/** The service by which rules of `to` find what leaves the mesh: only those for the whole mesh mean it. Source: Kuma 2.14. */
const OUTSIDE = 'pass_through';

function outsideLog(mesh: MeshState, policies: readonly Policy[]): unknown {
  if (policies.every(({ to }) => to.length === 0)) return undefined;
  const rules = buildToRules(LOGS, policies, { catalog: mesh, routes: () => undefined, matchesHash: () => '' });
  return findSubsetRule(rules.legacy, { [SERVICE_TAG]: OUTSIDE })?.conf;
}

/** Those that shape outbounds. */
export function outboundConfs(confs: ProxyConfs): ProxyConfs {
  return Object.fromEntries(SHAPING_OUTBOUNDS.flatMap((type) => (confs[type] === undefined ? [] : [[type, confs[type]]])));
}
