import type { DataplaneEntry, MeshState } from '@weft/mesh-index';
import { selectProxy, type Policy } from '@weft/policy-engine';

/** The policies of one type that match a proxy, in ascending precedence, and per inbound those that select it. */
export interface TypeMatch {
  readonly policies: readonly Policy[];
  readonly perInbound: readonly (readonly Policy[])[];
}

/** All policies that match a proxy, by type. Types without a match are absent. */
export type MatchedPolicies = ReadonlyMap<string, TypeMatch>;

/** Matches every policy of the mesh against a Dataplane. */
export function matchPolicies(mesh: MeshState, { subject }: Pick<DataplaneEntry, 'subject'>): MatchedPolicies {
  const matched = new Map<string, TypeMatch>();
  for (const [type, candidates] of mesh.policies) {
    const policies: Policy[] = [];
    const perInbound: Policy[][] = subject.inbounds.map(() => []);
    for (const policy of candidates) {
      const selection = selectProxy(policy, subject, (name) => mesh.route(name));
      if (selection === undefined) continue;
      policies.push(policy);
      for (const index of selection.inbounds) perInbound[index]?.push(policy);
    }
    if (policies.length > 0) matched.set(type, { policies, perInbound });
  }
  return matched;
}
