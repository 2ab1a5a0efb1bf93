import type { MeshState } from '@weft/mesh-index';
import { comparePolicies, mergeConfs } from '@weft/policy-engine';
import { withCollectors } from './collectors.ts';
import type { MatchedPolicies } from './matched-policies.ts';

/** Merged confs by policy type. */
export type ProxyConfs = Readonly<Record<string, unknown>>;

/** Types whose conf shapes outbounds and their clusters too: proxies with different ones share none of these. */
const SHAPING_OUTBOUNDS: readonly string[] = ['MeshProxyPatch'];

/** The merged conf of each policy type that is about the proxy as a whole (`spec.default`); types without a match are absent. */
export function proxyConfs(mesh: MeshState, matched: MatchedPolicies): ProxyConfs {
  const confs: Record<string, unknown> = {};
  for (const [type, { policies }] of matched) {
    if (policies[0]?.traits.singleItem !== true) continue;
    confs[type] = withCollectors(type, mergeConfs([...policies].sort(comparePolicies).map(({ conf }) => conf)), mesh);
  }
  return confs;
}

/** Those that shape outbounds. */
export function outboundConfs(confs: ProxyConfs): ProxyConfs {
  return Object.fromEntries(SHAPING_OUTBOUNDS.flatMap((type) => (confs[type] === undefined ? [] : [[type, confs[type]]])));
}
